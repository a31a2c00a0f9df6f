# bash completion for pbxsyncd(8)
_pbxsyncd_list() {
  # Runs, or names of held sets: the first word of each line.
  pbxsyncd "$@" 2>/dev/null | sed -n 's/^\([^ ,:]*\)[,:].*/\1/p'
}

_pbxsyncd() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" each
  local commands="plan apply status history why conflicts doctor approve reject adopt undo ledger"
  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ " $commands --sync-now --check-config " == *" $each "* ]] && command=$each && break
  done
  case $previous in
    --config | --csv | --out | apply | restore | backup) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ledger) COMPREPLY=($(compgen -W "verify backup restore export" -- "$word")); return ;;
    history | undo) [[ $word == -* ]] || { COMPREPLY=($(compgen -W "$(_pbxsyncd_list history)" -- "$word")); return; } ;;
    approve | reject) [[ $word == -* ]] || { COMPREPLY=($(compgen -W "$(_pbxsyncd_list approve)" -- "$word")); return; } ;;
  esac
  case $command in
    "") COMPREPLY=($(compgen -W "$commands --sync-now --check-config --config --json --debug --help --version" -- "$word")) ;;
    --sync-now) COMPREPLY=($(compgen -W "--dry-run --json --debug --config" -- "$word")) ;;
    plan) COMPREPLY=($(compgen -W "--out --json --config" -- "$word")) ;;
    adopt) COMPREPLY=($(compgen -W "--csv --json --config" -- "$word")) ;;
    undo) COMPREPLY=($(compgen -W "--yes --json --config" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "--json --config" -- "$word")) ;;
  esac
}
complete -F _pbxsyncd pbxsyncd
