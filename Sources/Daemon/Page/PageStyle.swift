extension HTML {
  /// The page's looks. Colours hold in light and dark; under 640 px each row of a table becomes a paragraph.
  static let style: HTML = """
    <style nonce="page">
    :root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #5b6570; --line: #d8dde3; --soft: #f4f6f8;
      --used: #2f6fbd; --resting: #b88200; --foreign: #b3308a; --unproven: #8a5a2b; --protected: #59636e; --free: #dfe7ee;
      --added: #2e8540; --updated: #2f6fbd; --deleted: #b88200; --failed: #c0362c; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ecf0; --faint: #a0abb6; --line: #343c45;
      --soft: #1d232a; --used: #5b9df0; --resting: #d9a520; --foreign: #dd6bb8; --unproven: #c48a55; --protected: #8a95a1; --free: #2a323b;
      --added: #4caf61; --updated: #5b9df0; --deleted: #d9a520; --failed: #f0675c; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
      background: var(--paper); overflow-wrap: anywhere; }
    h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
    h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; } p { margin: .3rem 0; } .faint { color: var(--faint); }
    pre, code { font: 14px/1.45 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
    code { padding: .1em .3em; } pre { padding: .6rem; margin: .4rem 0; white-space: pre-wrap; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
    .tile { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem; }
    .tile b { display: block; font-size: 1.35rem; } .bad b { color: var(--failed); }
    .item { border-left: 4px solid var(--line); padding: .1rem 0 .1rem .8rem; margin: .8rem 0; }
    table { border-collapse: collapse; width: 100%; font-size: 15px; }
    th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
    @media (max-width: 640px) { thead { display: none; } tr { display: block; padding: .4rem 0;
      border-bottom: 1px solid var(--line); } td { display: block; border: 0; padding: 0; }
      td::before { content: attr(data-name) ": "; color: var(--faint); } td:empty { display: none; } }
    svg { display: block; width: 100%; height: auto; } .chart { height: 9rem; }
    .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: 15px; margin: .4rem 0; }
    .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; }
    .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .8rem; }
    .grid figure { margin: 0; } .grid .row { grid-column: 1 / -1; } figcaption { font-size: 14px; }
    .used { fill: var(--used); background: var(--used); } .resting { fill: var(--resting); background: var(--resting); }
    .unproven { fill: var(--unproven); background: var(--unproven); }
    .foreign { fill: var(--foreign); background: var(--foreign); } .free { fill: var(--free); background: var(--free); }
    .protected { fill: var(--protected); background: var(--protected); }
    .added { fill: var(--added); background: var(--added); } .updated { fill: var(--updated); background: var(--updated); }
    .deleted { fill: var(--deleted); background: var(--deleted); } .failed { fill: var(--failed); background: var(--failed); }
    summary { cursor: pointer; padding: .3rem 0; }
    </style>
    """
}
