# fish completion for pbxsyncd(8)
function __pbxsyncd_list
    # Runs, or names of held sets: the first word of each line.
    pbxsyncd $argv 2>/dev/null | sed -n 's/^\([^ ,:]*\)[,:].*/\1/p'
end

set -l commands plan apply status history why conflicts doctor approve reject adopt undo ledger
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a plan -d "what a run would do now"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a apply -d "exactly the changes of a plan"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a status -d "what is"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a history -d "the last runs"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a why -d "all about a number or a person"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a conflicts -d "what stands in the way"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a doctor -d "try all that a run needs"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a approve -d "let held removals go"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a reject -d "keep them"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a adopt -d "take over what the PBX has"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a undo -d "the way back from a run"
complete -c pbxsyncd -n "not __fish_seen_subcommand_from $commands" -f -a ledger -d "its care"
complete -c pbxsyncd -n "__fish_seen_subcommand_from history undo" -f -a "(__pbxsyncd_list history)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from approve reject" -f -a "(__pbxsyncd_list approve)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from ledger" -a "verify backup restore export"
complete -c pbxsyncd -l sync-now -d "one complete run"
complete -c pbxsyncd -l dry-run -d "send nothing"
complete -c pbxsyncd -l check-config -d "read and check the configuration"
complete -c pbxsyncd -l config -r -d "the configuration"
complete -c pbxsyncd -l out -r -d "write the plan"
complete -c pbxsyncd -l csv -r -d "a table of objects"
complete -c pbxsyncd -l yes -d "without asking"
complete -c pbxsyncd -l json -d "one JSON object"
complete -c pbxsyncd -l debug -d "log each search"
complete -c pbxsyncd -l help
complete -c pbxsyncd -l version
