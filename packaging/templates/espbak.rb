# SPDX-License-Identifier: Apache-2.0
# Homebrew: brew install ./espbak.rb, or from a tap
class Espbak < Formula
  desc "Back up, verify and restore the flash of ESP8266 and ESP32 chips"
  homepage "@HOME@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@RELEASE@/espbak-@VERSION@-macos-arm64.tar.gz"
      sha256 "@SHA256 espbak-@VERSION@-macos-arm64.tar.gz@"
    end
    on_intel do
      url "@RELEASE@/espbak-@VERSION@-macos-x86_64.tar.gz"
      sha256 "@SHA256 espbak-@VERSION@-macos-x86_64.tar.gz@"
    end
  end
  on_linux do
    on_arm do
      url "@RELEASE@/espbak-@VERSION@-linux-aarch64.tar.gz"
      sha256 "@SHA256 espbak-@VERSION@-linux-aarch64.tar.gz@"
    end
    on_intel do
      url "@RELEASE@/espbak-@VERSION@-linux-x86_64.tar.gz"
      sha256 "@SHA256 espbak-@VERSION@-linux-x86_64.tar.gz@"
    end
  end

  def install
    bin.install Dir["bin/*"]
    man1.install Dir["share/man/man1/*"]
    generate_completions_from_executable(bin/"espbak", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    system bin/"espbak", "-p", "sim:esp32s3", "backup", "-o", testpath/"backups"
  end
end
