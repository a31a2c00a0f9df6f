# bash completion for pbxsyncd(8)
_pbxsyncd() {
  local word=${COMP_WORDS[COMP_CWORD]} command="" operands=0 index
  local -a configuration=() words=()
  local -A options=(
    [--sync-now]="--dry-run --json" [--check-config]="--json" [plan]="--with --out --json" [apply]="--json" [status]="--check --json"
    [init]="--bind-dn --password-file --ca-file --pbx-url --country --out --yes --json"
    [history]="--json" [why]="--json" [conflicts]="--json" [lint]="--csv --json" [report]="--html --json" [doctor]="--json" [approve]="--json"
    [release]="--yes --json" [audit]="--csv --yes --accept-losses --json"
    [reject]="--json" [adopt]="--csv --json" [undo]="--yes --json" [forget]="--yes --json" [freeze]="--until --reason --json" [thaw]="--json" [alert]="--test --json" [ledger]="--yes --json"
    [sync]="--dry-run --json" [free]="--json" [serve]="" [help]="--json" [version]="--json"
  )
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      --config) configuration=(--config "${COMP_WORDS[++index]}") ;;
      --out | --with | --csv | --html) ((++index)) ;;
      --bind-dn | --password-file | --ca-file | --pbx-url | --country) ((++index)) ;;
      --until | --reason) ((++index)) ;;
      --sync-now | --check-config) command=${COMP_WORDS[index]} ;;
      --*) ;;
      *) if [[ $command ]]; then words+=("${COMP_WORDS[index]}"); else command=${COMP_WORDS[index]}; fi ;;
    esac
  done

  case ${COMP_WORDS[COMP_CWORD - 1]} in
    --until | --reason) return ;;
    --config | --out | --with | --csv | --html | --password-file | --ca-file)
      COMPREPLY=($(compgen -f -- "$word"))
      return
      ;;
  esac
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W "${!options[*]} --config --debug --help --version" -- "$word"))
    return
  fi
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "${options[$command]} --config --debug" -- "$word"))
    return
  fi
  case $command,${words[*]} in
    apply, | "ledger,backup" | "ledger,restore") COMPREPLY=($(compgen -f -- "$word")) ;;
    help,) COMPREPLY=($(compgen -W "${!options[*]}" -- "$word")) ;;
    ledger,) COMPREPLY=($(compgen -W "verify backup restore export pbx" -- "$word")) ;;
    "ledger,pbx") COMPREPLY=($(compgen -W "same replaced" -- "$word")) ;;
    # Runs, or names of held sets: the first word of each line.
    history, | undo,) command=history ;;&
    history, | undo, | approve, | reject,)
      words=($(pbxsyncd "${configuration[@]}" "$command" 2>/dev/null | sed -n 's/^\([^ ,:]*\)[,:].*/\1/p'))
      COMPREPLY=($(compgen -W "${words[*]}" -- "$word"))
      ;;
    *) COMPREPLY=($(compgen -W "${options[$command]} --config --debug" -- "$word")) ;;
  esac
}
complete -F _pbxsyncd pbxsyncd
