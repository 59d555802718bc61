# What may follow, limn-cli itself says.

function __limn_cli_complete
    set -l words (commandline -opc) (commandline -ct | string collect --allow-empty)
    set -l prefix (string match -r -- '^--[^=]*=' $words[-1] | string collect --allow-empty)
    for line in (command $words[1] --complete $words[2..] 2>/dev/null)
        if test "$line" = @files
            printf '%s\n' $prefix(__fish_complete_path (string replace -- "$prefix" '' $words[-1]))
        else
            printf '%s\n' $prefix$line
        end
    end
end

complete --command limn-cli --no-files --arguments '(__limn_cli_complete)'
