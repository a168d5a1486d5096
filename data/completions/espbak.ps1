# SPDX-License-Identifier: Apache-2.0
# PowerShell completion for espbak: the program itself says what fits.
Register-ArgumentCompleter -Native -CommandName espbak -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursorPosition } |
        ForEach-Object { $_.ToString().Trim("'", '"') })
    $program, $words = $words
    $words = @($words)
    # The word under the cursor comes last, also when nothing of it is typed: an empty argument, which PowerShell before 7.3
    # takes away unless it is quoted once more.
    if ($wordToComplete -eq '') { $words += if ("$PSNativeCommandArgumentPassing" -in 'Standard', 'Windows') { '' } else { '""' } }
    foreach ($line in (& $program completion words -- @words 2>$null)) {
        $word, $means = $line -split "`t", 2
        if ($word -eq ':files' -or $word -eq ':folders') { continue }
        if (-not $means) { $means = $word }
        $text = if ($word -match '[\s'';&|(){}$`@,]') { "'" + ($word -replace "'", "''") + "'" } else { $word }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $means)
    }
}
