# fish completion for pbxsyncd(8)
function __pbxsyncd_list
    # Runs, or names of held sets: the first word of each line.
    set -l configuration (string match -r -- '--config[ =](\S+)' (commandline -p))[2]
    set -q configuration[1]; and set configuration --config $configuration
    pbxsyncd $configuration $argv 2>/dev/null | sed -n 's/^\([^ ,:]*\)[,:].*/\1/p'
end

function __pbxsyncd_begun
    set -l commands --sync-now --check-config plan apply status history why conflicts lint report doctor approve reject adopt release audit undo forget ledger
    string match -qr -- '^('(string join '|' -- $commands)')$' (commandline -opc)
end

set -l none "not __pbxsyncd_begun"
complete -c pbxsyncd -f
complete -c pbxsyncd -n $none -a plan -d "what a run would do now"
complete -c pbxsyncd -n $none -a apply -d "exactly the changes of a plan"
complete -c pbxsyncd -n $none -a status -d "what is"
complete -c pbxsyncd -n $none -a history -d "the last runs"
complete -c pbxsyncd -n $none -a why -d "all about a number or a person"
complete -c pbxsyncd -n $none -a conflicts -d "what stands in the way"
complete -c pbxsyncd -n $none -a lint -d "the number plan of the directory"
complete -c pbxsyncd -n $none -a report -d "a page to look at"
complete -c pbxsyncd -n $none -a doctor -d "try all that a run needs"
complete -c pbxsyncd -n $none -a approve -d "let held removals go"
complete -c pbxsyncd -n $none -a reject -d "keep them"
complete -c pbxsyncd -n $none -a adopt -d "take over what the PBX has"
complete -c pbxsyncd -n $none -a release -d "the reverse of adopt"
complete -c pbxsyncd -n $none -a audit -d "what the PBX lost or has besides"
complete -c pbxsyncd -n $none -a undo -d "the way back from a run"
complete -c pbxsyncd -n $none -a forget -d "remove what is known of somebody"
complete -c pbxsyncd -n $none -a ledger -d "its care"
complete -c pbxsyncd -n $none -l sync-now -d "one complete run"
complete -c pbxsyncd -n $none -l check-config -d "read and check the configuration"
complete -c pbxsyncd -n $none -l help -d "a page of help"
complete -c pbxsyncd -n $none -l version -d "the version"
complete -c pbxsyncd -l config -r -F -d "the configuration"
complete -c pbxsyncd -l debug -d "log each search"
complete -c pbxsyncd -n "__pbxsyncd_begun; and not __fish_seen_subcommand_from report" -l json -d "one JSON object"
complete -c pbxsyncd -n "__fish_contains_opt sync-now" -l dry-run -d "send nothing"
complete -c pbxsyncd -n "__fish_seen_subcommand_from plan" -l out -r -F -d "write the plan"
complete -c pbxsyncd -n "__fish_seen_subcommand_from plan" -l with -r -F -d "an edited configuration"
complete -c pbxsyncd -n "__fish_seen_subcommand_from report" -l html -r -F -d "write the page"
complete -c pbxsyncd -n "__fish_seen_subcommand_from adopt" -l csv -r -F -d "a table of objects"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l csv -r -F -d "what the PBX exported"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l yes -d "send again what is missing"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l accept-losses -d "though more than a fifth is missing"
complete -c pbxsyncd -n "__fish_seen_subcommand_from lint" -l csv -r -F -d "write a table"
complete -c pbxsyncd -n "__fish_seen_subcommand_from release" -l yes -d "also all that is managed in a range"
complete -c pbxsyncd -n "__fish_seen_subcommand_from undo ledger" -l yes -d "without asking"
complete -c pbxsyncd -n "__fish_seen_subcommand_from apply" -F
complete -c pbxsyncd -n "__fish_seen_subcommand_from history undo" -a "(__pbxsyncd_list history)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from approve" -a "(__pbxsyncd_list approve)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from reject" -a "(__pbxsyncd_list reject)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from ledger; and not __fish_seen_subcommand_from verify backup restore export pbx" -a "verify backup restore export pbx"
complete -c pbxsyncd -n "__fish_seen_subcommand_from ledger; and __fish_seen_subcommand_from pbx" -a "same replaced"
complete -c pbxsyncd -n "__fish_seen_subcommand_from backup restore" -F
