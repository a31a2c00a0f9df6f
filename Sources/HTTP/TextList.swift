import CCurl

/// Owns a list of texts in libcurl's form, such as header lines. libcurl doesn't copy it.
@safe struct TextList: ~Copyable {
  let first: UnsafeMutablePointer<curl_slist>?

  init(_ texts: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for text in texts { unsafe list = curl_slist_append(list, text) }
    unsafe first = list
  }

  deinit { unsafe curl_slist_free_all(first) }
}

/// Keeps a list for as long as a handle refers to it, which is until the next one.
@safe final class TextListPlace {
  private var list = TextList([])

  /// The list of these texts, which replaces the last one.
  func hold(_ texts: [String]) -> UnsafeMutablePointer<curl_slist>? {
    list = TextList(texts)
    return unsafe list.first
  }
}
