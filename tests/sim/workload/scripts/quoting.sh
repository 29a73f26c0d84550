# Quotes, escapes, comments, here-documents.
#= both noash | single quotes keep everything
echo 'a $HOME `x` \n "b"' 'it'\''s'
#= both | double quotes expand but do not split
x='a   b'
echo "$x" $x "[$x]" "\$x" "\"$x\"" "\\"
#= both | a backslash keeps the next character
echo a\ b \$HOME \' \" \\ \* a\
b
#= both | quotes inside a word join
x=mid; echo pre"$x"'post'"$x"end pre''post ""
#= both | empty arguments are arguments
set -- '' "" a ''
echo $#
for i in "$@"; do echo "[$i]"; done
#= both | "$@" keeps words apart and "$*" joins them
set -- 'a b' c ''
for i in "$@"; do echo "<$i>"; done
for i in $*; do echo "($i)"; done
echo "$*"
IFS=-; echo "$*" ; echo $*
#= both | "$@" with text around it
set -- 1 2 3
for i in "x$@y"; do echo "$i"; done
set --
for i in "x$@y" "$@"; do echo "$i"; done
#= both | unquoted expansions are split and globbed
touch f1 f2; x='f* end'
echo $x; echo "$x"; y='*'; echo $y "$y" \*
#= both | a pattern without a match stays
echo no-such-* [x]y ?z
#= both | comments begin at a word only
echo a#b # c
echo "# no" '#' \# # yes
: # nothing
#= both | here-document expands
name=world
cat <<END
hello $name ${name} $(echo sub) \$name \\ "quoted" $((1+2))
END
#= both | quoted here-document does not
cat <<'END'
hello $name `x` \n
END
#= both | here-document joins lines at a backslash
cat <<END
one \
two
END
#= both | here-document in the middle of a pipeline
cat <<END | tr a-z A-Z
some text
END
echo after
#= both | two here-documents on one line
cat <<A; cat <<B
first
A
second
B
#= both | here-document into a loop
while read -r a b; do echo "$b-$a"; done <<END
1 one
2 two three
END
#= both | here-document without tabs
eval "$(printf 'cat <<-END\n\t\tindented\n\tEND\necho done')"
#= both | here-document in a function
f() {
  cat <<END
arg $1
END
}
f x; f y
#= bash | here-string
cat <<< "a  b"; x='c   d'; cat <<< $x; read -r p q <<< "1 2 3"; echo "$p|$q"
#= bash | dollar-single quotes
echo $'a\tb\nc\x41\'\\' $'\101'
#= both noash | echo and escapes
echo 'a\tb'; echo -n x; echo; echo -- -n
#= both | printf formats
printf '%s-%d|%5s|%-5s|%05d|%x|%o|%c|%%\n' abc 42 r l 7 255 8 xyz
printf '%s %s\n' a b c d e
printf 'no newline'; printf '\n'
printf '%b\n' 'a\tb'
printf '%.3f %e %g\n' 3.14159 1234.5 0.0001
printf '%5.2f|%+d|% d\n' 2.5 3 4
printf '[%s]\n'
#= both | printf complains about numbers and goes on
printf '%d\n' abc; echo "status $?"
printf '%d %d\n' 0x1f 010
#= both | backquotes nest with backslashes
echo `echo one \`echo two\` three`
x=`echo 'a   b'`; echo "$x" "`echo "q  r"`"
#= both | nested quotes in command substitution
echo "$(echo "a $(echo "b  c") d")"
#= both | quotes in a parameter's word
unset x
echo "${x:-a  b}" ${x:-a  b} "${x:-"a  b"}" ${x:-"a  b"} ${x:-'c  d'}
#= both | a tilde
HOME=/h; echo ~ ~/x "~" a~ '~'; x=~/y; echo $x
#= both | line continuation inside a word and an operator
ec\
ho ab\
c && \
echo yes
#= both | a semicolon, an ampersand and a bar in quotes
echo 'a;b' "c&d" e\|f
#= both | assignments do not split
x='a   b'; y=$x; z=$x$x; echo "$y" "$z"
x=*; echo "$x"
#= both | exported variables with spaces reach children
export GREETING='hello  there'; sh -c 'echo "$GREETING"'
#= bash | quoting in [[ ]] patterns
x='a*b'
[[ $x == a* ]] && echo 1; [[ $x == "a*" ]] || echo 2; [[ $x == 'a*b' ]] && echo 3; [[ abb == $x ]] && echo 4
#= both | case patterns with quotes
x='*'
case $x in '*') echo star ;; esac
case abc in "$x") echo literal ;; $x) echo pattern ;; esac
case 'a b' in 'a b') echo space ;; esac
#= both | carriage of odd characters
printf '%s\n' 'a"b' "c'd" 'e`f' 'g$h' 'i\j' 'k!l' 'm~n' '{o,p'
