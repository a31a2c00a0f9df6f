import Text

/// Lines for people, each ended. None of them can become two, whatever text it holds.
package func paragraph(_ lines: [String]) -> String { lines.map { visible($0) + "\n" }.joined() }
