# SPDX-License-Identifier: Apache-2.0
# fish completion for espbak: the program itself says what fits.
function __espbak_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] completion words -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':folders'
                __fish_complete_directories (commandline -ct) ''
            case '*'
                echo $line
        end
    end
end
complete -c espbak -f -a '(__espbak_complete)'
