# fish completion for pbxsyncd(8)
function __pbxsyncd_list
    # Runs, or names of held sets: the first word of each line.
    set -l configuration (string match -r -- '--config[ =](\S+)' (commandline -p))[2]
    set -q configuration[1]; and set configuration --config $configuration
    pbxsyncd $configuration $argv 2>/dev/null | sed -n 's/^\([^ ,:]*\)[,:].*/\1/p'
end

set -g __pbxsyncd_commands --sync-now --check-config init plan apply status history why conflicts lint report doctor approve reject adopt release audit undo forget sync free freeze thaw alert ledger serve help version

function __pbxsyncd_begun
    string match -qr -- '^('(string join '|' -- $__pbxsyncd_commands)')$' (commandline -opc)
end

set -l none "not __pbxsyncd_begun"
complete -c pbxsyncd -f
complete -c pbxsyncd -n $none -a sync -d "sync one person now"
complete -c pbxsyncd -n $none -a free -d "list the extension numbers that are free, as ranges with counts"
complete -c pbxsyncd -n $none -a serve -d "run the daemon in the foreground, until SIGTERM or Ctrl-C"
complete -c pbxsyncd -n $none -a init -d "look at a directory and write a configuration that fits it"
complete -c pbxsyncd -n $none -a plan -d "print the changes that a run would make"
complete -c pbxsyncd -n $none -a apply -d "make exactly the changes of a plan, or none"
complete -c pbxsyncd -n $none -a status -d "show what needs an admin, and the state of all parts"
complete -c pbxsyncd -n $none -a history -d "list the last runs, or the calls of one"
complete -c pbxsyncd -n $none -a why -d "explain a number or a person, from the directory to the PBX"
complete -c pbxsyncd -n $none -a conflicts -d "list conflicts, with the LDIF that fixes them"
complete -c pbxsyncd -n $none -a lint -d "list errors in the directory's number plan; doesn't use the PBX"
complete -c pbxsyncd -n $none -a report -d "write an HTML report: runs, held sets, conflicts, number plan"
complete -c pbxsyncd -n $none -a doctor -d "check everything that a run depends on, with a next step for each failure"
complete -c pbxsyncd -n $none -a approve -d "list held sets, or approve one"
complete -c pbxsyncd -n $none -a reject -d "list held sets, or reject one"
complete -c pbxsyncd -n $none -a adopt -d "permit to adopt objects of the PBX"
complete -c pbxsyncd -n $none -a release -d "end the management of objects, which stay on the PBX: the reverse of adopt"
complete -c pbxsyncd -n $none -a audit -d "list what the PBX lost or has besides"
complete -c pbxsyncd -n $none -a undo -d "revert a past run; shows the changes and asks first"
complete -c pbxsyncd -n $none -a freeze -d "send nothing until a time, or until thaw"
complete -c pbxsyncd -n $none -a thaw -d "end a freeze; the next run makes the changes that waited"
complete -c pbxsyncd -n $none -a forget -d "remove the data of a person who has left"
complete -c pbxsyncd -n $none -a alert -d "send a test by each way that [alerts] names, and show the result"
complete -c pbxsyncd -n $none -a ledger -d "verify, back up, restore, export or rebind the ledger"
complete -c pbxsyncd -n $none -a help -d "print a page of help, or all about one command"
complete -c pbxsyncd -n $none -a version -d "print the version"
complete -c pbxsyncd -n $none -l sync-now -d "make one complete run"
complete -c pbxsyncd -n $none -l check-config -d "check the configuration"
complete -c pbxsyncd -n $none -l help -d "print a page of help"
complete -c pbxsyncd -n $none -l version -d "print the version"
complete -c pbxsyncd -l config -r -F -d "the configuration"
complete -c pbxsyncd -l debug -d "log each search"
complete -c pbxsyncd -n "__pbxsyncd_begun; and not __fish_seen_subcommand_from serve" -l json -d "print one line of JSON"
complete -c pbxsyncd -n "__fish_contains_opt sync-now; or __fish_seen_subcommand_from sync" -l dry-run -d "send nothing"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l bind-dn -x -d "the account that reads the directory"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l password-file -r -F -d "the file with its password"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l ca-file -r -F -d "the CA of the server"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l pbx-url -x -d "the address of the PBX"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l country -x -d "the country of numbers"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l out -r -F -d "the file to write"
complete -c pbxsyncd -n "__fish_seen_subcommand_from init" -l yes -d "without asking"
complete -c pbxsyncd -n "__fish_seen_subcommand_from plan" -l out -r -F -d "write the plan"
complete -c pbxsyncd -n "__fish_seen_subcommand_from plan" -l with -r -F -d "an edited configuration"
complete -c pbxsyncd -n "__fish_seen_subcommand_from report" -l html -r -F -d "write the report"
complete -c pbxsyncd -n "__fish_seen_subcommand_from adopt" -l csv -r -F -d "a table of objects"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l csv -r -F -d "a table exported from the PBX"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l yes -d "send missing objects again"
complete -c pbxsyncd -n "__fish_seen_subcommand_from audit" -l accept-losses -d "though more than a fifth is missing"
complete -c pbxsyncd -n "__fish_seen_subcommand_from status" -l check -d "one line for monitoring"
complete -c pbxsyncd -n "__fish_seen_subcommand_from lint" -l csv -r -F -d "write a table"
complete -c pbxsyncd -n "__fish_seen_subcommand_from freeze" -l until -x -d "when it ends"
complete -c pbxsyncd -n "__fish_seen_subcommand_from freeze" -l reason -x -d "why"
complete -c pbxsyncd -n "__fish_seen_subcommand_from alert" -l test -d "send a test"
complete -c pbxsyncd -n "__fish_seen_subcommand_from release" -l yes -d "also end the management of a range"
complete -c pbxsyncd -n "__fish_seen_subcommand_from undo forget ledger" -l yes -d "without asking"
complete -c pbxsyncd -n "__fish_seen_subcommand_from help" -a "(string match -v -- '-*' $__pbxsyncd_commands)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from apply" -F
complete -c pbxsyncd -n "__fish_seen_subcommand_from history undo" -a "(__pbxsyncd_list history)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from approve" -a "(__pbxsyncd_list approve)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from reject" -a "(__pbxsyncd_list reject)"
complete -c pbxsyncd -n "__fish_seen_subcommand_from ledger; and not __fish_seen_subcommand_from verify backup restore export pbx" -a "verify backup restore export pbx"
complete -c pbxsyncd -n "__fish_seen_subcommand_from ledger; and __fish_seen_subcommand_from pbx" -a "same replaced"
complete -c pbxsyncd -n "__fish_seen_subcommand_from backup restore" -F
