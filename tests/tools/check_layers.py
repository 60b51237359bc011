#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Includes point one way: a folder of sim/ may include itself and the folders that sim/CMakeLists.txt names as below it."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
layers = {}
for name, above in re.findall(r"^vmxsim_layer\((\w+)(?: ABOVE ([\w ]+?))?(?: LINKS [^)]*)?\)", (root / "sim/CMakeLists.txt").read_text(), re.M):
    layers[name] = {name, *above.split()}
for name, below in re.findall(r"^target_link_libraries\(vmxsim_(\w+) INTERFACE ([\w ]+)\)", (root / "sim/CMakeLists.txt").read_text(), re.M):
    layers[name] = {name, *below.replace("vmxsim_", "").split()}  # folders of headers alone
layers["cli"] = {"cli", *layers}

include = re.compile(r'^\s*#\s*include\s+"(\w+)/')
wrong = []
for path in sorted([*root.glob("sim/**/*.hpp"), *root.glob("sim/**/*.cpp"), *root.glob("sim/**/*.def")]):
    folder = path.relative_to(root / "sim").parts[0]
    if folder not in layers:
        wrong.append(f"{path}: folder {folder} is not a layer of sim/CMakeLists.txt")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = include.match(line)
        if match and match.group(1) not in layers[folder]:
            wrong.append(f"{path}:{number}: {folder} must not include {match.group(1)}")
print("\n".join(wrong) or f"{len(layers)} layers, includes point one way")
sys.exit(bool(wrong) or len(layers) < 7)
