extension HTML {
  /// The page's style, light or dark, and light on paper; under 640 px each row of a table becomes a paragraph. Only an LDIF record
  /// scrolls sideways, in its own box.
  static let style: HTML = """
    <style nonce="page">
    :root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #5b6570; --line: #d8dde3; --soft: #f4f6f8; --on: #fff;
      --link: #1f5ca8; --managed: #2f6fbd; --quarantined: #f2c14e; --foreign: #b3308a; --unproven: #8a5a2b; --protected: #59636e;
      --emergency: #8c2f2f; --claimed: #a9c8ee; --free: #e6ecf2; --added: #2e8540; --updated: #2f6fbd; --deleted: #b88200; --failed: #c0362c; }
    @media screen and (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ecf0; --faint: #a0abb6; --line: #343c45;
      --soft: #1d232a; --on: #14181d; --link: #8ab8f5; --managed: #5b9df0; --quarantined: #d9a520; --foreign: #dd6bb8;
      --unproven: #c48a55; --protected: #8a95a1; --emergency: #d47a7a; --claimed: #33557d; --free: #232a32; --added: #4caf61; --updated: #5b9df0; --deleted: #d9a520;
      --failed: #f0675c; } }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
      background: var(--paper); overflow-wrap: anywhere; }
    h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; }
    h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; } p { margin: .3rem 0; } .faint { color: var(--faint); }
    small { font-size: 14px; color: var(--faint); } a { color: var(--link); }
    pre, code { font: 14px/1.45 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
    code { padding: .1em .3em; } pre { padding: .6rem; margin: .4rem 0; white-space: pre; overflow-x: auto; overflow-wrap: normal; }
    summary { cursor: pointer; padding: .3rem 0; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
    .tile { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem; color: inherit; text-decoration: none; }
    .tile b { display: block; font-size: 1.35rem; } .bad b { color: var(--failed); }
    .item { border-left: 4px solid var(--line); padding: .1rem 0 .1rem .8rem; margin: .8rem 0; } .item h3 { margin-top: 0; }
    .open { border-color: var(--failed); } .item p { margin: .5rem 0 .3rem; } .item code { display: block; padding: .3rem .5rem; }
    table { border-collapse: collapse; width: 100%; font-size: 15px; }
    th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
    th { overflow-wrap: normal; } td { overflow-wrap: break-word; } tbody th { font-variant-numeric: tabular-nums; } tr:target { background: var(--soft); outline: 2px solid var(--link); }
    input { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--faint); border-radius: 4px;
      padding: .3rem .5rem; width: 100%; max-width: 20rem; }
    @media (max-width: 640px) { .tiles { grid-template-columns: repeat(3, 1fr); } .tile { padding: .3rem .5rem; font-size: 15px; }
      td { overflow-wrap: anywhere; } thead { display: none; } tr { display: block; padding: .4rem 0;
      border-bottom: 1px solid var(--line); } th, td { display: block; border: 0; padding: 0; }
      td[data-name]::before { content: attr(data-name) ": "; color: var(--faint); } td:empty { display: none; }
      .people tbody th, .people th + td { display: inline; padding-right: .4rem; } .people td ~ td { color: var(--faint); } }
    svg { display: block; width: 100%; height: auto; } .chart { height: 9rem; }
    .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: 15px; margin: .4rem 0; }
    .legend i, .spans i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; }
    .plan { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: .2rem 1.5rem;
      align-items: start; font-size: 15px; font-variant-numeric: tabular-nums; }
    .plan .row { grid-column: 1 / -1; } .plan ul { margin: .3rem 0; padding: 0; list-style: none; }
    .cells { display: grid; grid-template-columns: max-content repeat(10, minmax(0, 1fr)); gap: 2px; font-size: 14px;
      line-height: 1.6; text-align: center; overflow-wrap: normal; }
    .cells b { font-weight: normal; color: var(--faint); padding-right: .4rem; }
    .cells i, .cells a { font-style: normal; border-radius: 3px; text-decoration: none; color: var(--on); }
    .cells .free { color: var(--faint); } .cells .quarantined { color: #1b1f24; } .cells .claimed { color: var(--ink); }
    .managed { fill: var(--managed); background: var(--managed); } .claimed { fill: var(--claimed); background: var(--claimed); }
    .quarantined { fill: var(--quarantined); background: var(--quarantined); }
    .emergency { fill: var(--emergency); background: var(--emergency); }
    .unproven { fill: var(--unproven); background: var(--unproven); }
    .foreign { fill: var(--foreign); background: var(--foreign); } .free { fill: var(--free); background: var(--free); }
    .protected { fill: var(--protected); background: var(--protected); }
    .added { fill: var(--added); background: var(--added); } .updated { fill: var(--updated); background: var(--updated); }
    .deleted { fill: var(--deleted); background: var(--deleted); } .failed { fill: var(--failed); background: var(--failed); }
    @media print { body { max-width: none; padding: 0; font-size: 11pt; } #finder { display: none; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } a { color: inherit; }
      details::details-content { content-visibility: visible; height: auto; } pre { white-space: pre-wrap; }
      tr, .item p, .cells { break-inside: avoid; } h2, h3, summary { break-after: avoid; } }
    </style>
    """
}
