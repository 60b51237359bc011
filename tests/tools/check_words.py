#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every source file names its licence, and no unfinished work is marked in comments: finish it or say unmodelled(...)."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
files = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
source = re.compile(r"\.(cpp|hpp|c|h|def|py|asm|S|cmake)$|CMakeLists\.txt$|^scripts/|^\.ci/")
wrong = []
for name in files:
    path = root / name
    if not source.search(name) or not path.is_file():
        continue
    text = path.read_text(errors="replace")
    if "SPDX-License-Identifier: " not in "\n".join(text.splitlines()[:3]):
        wrong.append(f"{name}: no SPDX-License-Identifier in its first lines")
    if name != "tests/tools/check_words.py":
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                wrong.append(f"{name}:{number}: {line.strip()}")
print("\n".join(wrong) or f"{len(files)} files")
sys.exit(bool(wrong))
