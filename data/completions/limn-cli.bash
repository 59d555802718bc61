# What may follow, limn-cli itself says.

_limn_cli ()
{
  local line current=${COMP_WORDS[COMP_CWORD]}

  [ "$current" = = ] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = @files ]; then
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
      line=${line%%$'\t'*}
      [[ $line = "$current"* ]] && COMPREPLY+=("$line")
    fi
  done < <("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _limn_cli limn-cli
