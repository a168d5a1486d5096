# SPDX-License-Identifier: Apache-2.0
# fish completion for espbak: the program itself says what fits.
function __espbak_complete
    set -l typed (commandline -ct)
    set -l words (commandline -opc) (string unescape -- $typed)
    set -l found 0
    set -l files ''
    for line in ($words[1] completion words -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files' ':folders'
                set files $files$line
            case '*'
                set found 1
                echo $line
        end
    end
    # Beside the backups, their folder as a folder would only stand in the way.
    test $found = 1; and return
    switch $files
        case '*:files*'
            __fish_complete_path $typed
        case '*:folders*'
            __fish_complete_directories $typed ''
    end
end
complete -c espbak -f -a '(__espbak_complete)'
