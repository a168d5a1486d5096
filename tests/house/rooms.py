#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How full the rooms are: files and lines a folder, circles of calls, widest structs, longest function and file.

    rooms.py BUILD             prints the table that docs/architecture.md has
    rooms.py --check BUILD     fails on what is above its limit, and when the document says something else
    rooms.py --write BUILD     writes it into the document (target `rooms`)

Calls are read from the object files of the build: file A calls file B when A lacks a symbol that B has. Files that call
each other, over others too, are a circle. Who writes a struct is found by the names of variables of its type, so what
is changed by a pointer to a member is not seen.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs/architecture.md"
BEGIN, END = "<!-- made by tests/house/rooms.py -->", "<!-- end of what is made -->"

FILES_MOST, CIRCLE_MOST, FUNCTION_MOST, FILE_MOST = 25, 3, 46, 450
# What belongs to one chip is not counted: there adding a chip is adding files.
ONE_A_CHIP = {"src/device/chip", "src/sim/chip", "firmware/chip", "firmware/images"}
# Numbers of lines change with most edits: those in the document may be off by this part, or by so many.
SLACK, SLACK_LINES = 0.1, 50
STRUCTS_SHOWN = 5

# What is above its limit and known, as (kind, name). It may only become less.
KNOWN = []


def sources():
    """{name: text} of the C files and headers of the product."""
    found = [file for folder in ("src", "include", "firmware") for file in (ROOT / folder).rglob("*.[ch]")]
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in sorted(found)}


# Rooms


def is_of_one_chip(name):
    folder, _, file = name.rpartition("/")
    return folder in ONE_A_CHIP and file.startswith("esp")


def rooms(texts):
    """{folder: (files, lines)}"""
    full = collections.defaultdict(lambda: [0, 0])
    for name, text in texts.items():
        if is_of_one_chip(name):
            continue
        room = full[name.rpartition("/")[0]]
        room[0] += 1
        room[1] += text.count("\n")
    return {folder: tuple(full[folder]) for folder in sorted(full)}


# Circles


def objects(build):
    """{source: object} of the files of src that this build compiles."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = pathlib.Path(entry["file"]).resolve()
        output = re.search(r" -o (\S+)", entry["command"])
        if source.is_relative_to(ROOT / "src") and output:
            found[str(source.relative_to(ROOT / "src"))] = pathlib.Path(entry["directory"]) / output.group(1)
    return found


def calls(build, nm):
    """{file: files it calls}"""
    source_of = {str(made): source for source, made in objects(build).items()}
    listing = subprocess.run([nm, "-A", "-g", "-P", *source_of], stdout=subprocess.PIPE, check=True).stdout.decode()
    lacks, has = collections.defaultdict(set), {}
    for made, symbol, kind in re.findall(r"^(.*?): (\S+) (\w)", listing, flags=re.M):
        if kind in "Uw":
            lacks[source_of[made]].add(symbol)
        else:
            has[symbol] = source_of[made]
    return {source: {has[symbol] for symbol in lacks[source] if symbol in has} for source in source_of.values()}


def circles(graph):
    """Groups of files that all reach each other, the largest first (Tarjan's algorithm, without recursion)."""
    index, low, stack, found = {}, {}, [], []
    for root in sorted(graph):
        work = [] if root in index else [(root, None)]
        while work:
            node, rest = work.pop()
            if rest is None:
                index[node] = low[node] = len(index)
                stack.append(node)
                rest = iter(sorted(graph[node]))
            for other in rest:
                if other not in index:
                    work += [(node, rest), (other, None)]
                    break
                if other in stack:
                    low[node] = min(low[node], low[other])
            else:
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    found.append(sorted(stack[at:]))
                    del stack[at:]
    return sorted((group for group in found if len(group) > 1), key=lambda group: (-len(group), group))


# Structs


def without_comments(text):
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'', '""', text)


def body_at(text, opened):
    """What is between the brace at `opened` and its partner, and where that is."""
    depth = 0
    for at in range(opened, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[opened + 1:at], at
    return text[opened + 1:], len(text)


def members(body):
    """[(type, name)] of what is declared in a struct; a struct inside counts as one."""
    flat, depth = [], 0
    for char in body:
        depth -= char in "})]"
        flat.append(char if depth == 0 else "")
        depth += char in "{(["
    found = []
    for declaration in "".join(flat).split(";"):
        kind = ""
        for declarator in declaration.split(","):
            words = re.findall(r"\w+", declarator.split(":")[0])
            if words:
                kind = kind or " ".join(words[:-1])
                found.append((kind, words[-1]))
    return found


def structs(texts):
    """{name: (other name, members)}"""
    found = {}
    for text in texts.values():
        for match in re.finditer(r"^(?:typedef )?struct (\w+) ?\{", text, flags=re.M):
            body, end = body_at(text, match.end() - 1)
            alias = re.match(r"\}\s*(\w+)", text[end:])
            found[match.group(1)] = (alias.group(1) if alias else match.group(1), members(body))
    return found


def variables(function, kinds):
    """{name: structs it may be} of what is declared in the text of a function."""
    found = collections.defaultdict(set)
    for kind, name in re.findall(r"\b(\w+)\b(?:\s|\*|\bconst\b)*\b(\w+)\b(?=\s*[;,)=[])", function):
        if kind in kinds:
            found[name].add(kinds[kind])
    return found


def changed_by(function, kinds, types):
    """Structs whose members the text of a function changes."""
    known_variables = variables(function, kinds)
    changed = set()
    change = r"(?:(?:[-+*/%|&^]|<<|>>)?=(?!=)|\+\+|--)"
    index = r"(?:\[[^]]*\])*"
    path = rf"(?<![\w.>])(\w+){index}((?:(?:->|\.)\w+{index})+)"
    for match in re.finditer(rf"(\+\+|--)?{path}(\s*{change})?", function):
        if not match.group(1) and not match.group(4):
            continue
        now, owners = known_variables.get(match.group(2), set()), set()
        for arrow, member in re.findall(r"(->|\.)(\w+)", match.group(3)):
            # Behind an arrow it is another object; behind a dot it is a part of the same one.
            owners = now if arrow == "->" else owners | now
            now = {kind for owner in now for kind in types[owner].get(member, ())}
        changed |= owners
    return changed


def writers(all_structs, texts):
    """{struct: files that change a member of a variable of its type}"""
    kinds = {word: name for name, (alias, _) in all_structs.items() for word in (name, alias)}
    types = {name: {member: {kinds[word] for word in kind.split() if word in kinds} for kind, member in own}
             for name, (_, own) in all_structs.items()}
    found = collections.defaultdict(set)
    for file, text in texts.items():
        for function in re.split(r"^\}", text, flags=re.M):
            for name in changed_by(function, kinds, types):
                found[name].add(file)
    return found


def widest(texts):
    """[(name, members, files that write it)]"""
    plain = {file: without_comments(text) for file, text in texts.items()}
    all_structs = structs(plain)
    written = writers(all_structs, plain)
    names = sorted(written, key=lambda name: (-len(all_structs[name][1]), name))[:STRUCTS_SHOWN]
    return [(all_structs[name][0], len(all_structs[name][1]), len(written[name])) for name in names]


# Functions


def functions(text):
    """[(name, lines)], from the first line of the head to the closing brace, in clang-format's layout."""
    found, head = [], None
    for number, line in enumerate(text.splitlines()):
        if re.match(r"[A-Za-z_]", line) and "(" in line and not line.endswith(";"):
            head = (number, line)
        elif line == "}" and head is not None:
            name = re.search(r"(\w+)\(", head[1])
            found.append((name.group(1) if name else "?", number - head[0] + 1))
            head = None
        elif line.startswith("};") or re.match(r"[A-Za-z_].*;$", line):
            head = None
    return found


# The table and its checks


def measure(build, nm):
    texts = sources()
    return {
        "rooms": rooms(texts),
        "circles": circles(calls(build, nm)),
        "structs": widest(texts),
        "functions": sorted(((lines, name, file) for file, text in texts.items() for name, lines in functions(text)),
                            reverse=True),
        "files": sorted(((text.count("\n"), file) for file, text in texts.items()), reverse=True),
    }


def table(found, lines=str):
    """`lines` writes the numbers that change with most edits."""
    text = ["| room | files | lines |", "| --- | ---: | ---: |"]
    text += [f"| `{folder}/` | {files} | {lines(count)} |" for folder, (files, count) in found["rooms"].items()]
    text += ["", "Files of `src/` that call each other in a circle:", ""]
    text += ["- " + ", ".join(f"`{file}`" for file in group) for group in found["circles"]] or ["- none"]
    text += ["", "| widest structs that are written to | members | by so many files |", "| --- | ---: | ---: |"]
    text += [f"| `{name}` | {count} | {by} |" for name, count, by in found["structs"]]
    text += ["", f"The longest function has {found['functions'][0][0]} lines, the longest file "
                 f"{lines(found['files'][0][0])}."]
    return "\n".join(text) + "\n"


def is_stale(written, found):
    now = []
    form = re.escape(table(found, lambda count: now.append(count) or "@")).replace("@", r"(\d+)")
    match = re.fullmatch(form, written)
    return not match or any(abs(int(old) - new) > max(SLACK_LINES, SLACK * new)
                            for old, new in zip(match.groups(), now))


# Limits


def above_limits(found):
    """{(kind, what): sentence}"""
    wrong = {}
    for folder, (files, _) in found["rooms"].items():
        if files > FILES_MOST:
            wrong[("room", folder)] = f"{folder} has {files} files, {FILES_MOST} at most"
    for group in found["circles"]:
        if len(group) > CIRCLE_MOST:
            names = " ".join(group)
            wrong[("circle", names)] = f"{len(group)} files call each other, {CIRCLE_MOST} at most: {names}"
    for lines, name, file in found["functions"]:
        if lines > FUNCTION_MOST:
            wrong[("function", f"{file}:{name}")] = f"{file}: {name} has {lines} lines, {FUNCTION_MOST} at most"
    for lines, file in found["files"]:
        if lines > FILE_MOST and not file.startswith("firmware/images/"):
            wrong[("file", file)] = f"{file} has {lines} lines, {FILE_MOST} at most"
    return wrong


def is_known(kind, what):
    """A circle that lost files is still the known one."""
    return any(kind == old_kind and set(what.split()) <= set(old.split()) for old_kind, old in KNOWN)


def complaints(found):
    wrong = above_limits(found)
    yield from (text for key, text in wrong.items() if not is_known(*key))
    for kind, old in KNOWN:
        if not any(kind == now_kind and set(now.split()) <= set(old.split()) for now_kind, now in wrong):
            yield f"no longer above a limit, take it off the list in tests/house/rooms.py: {kind} {old}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.build.resolve(), arguments.nm)
    before, mark, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN + "\n")
    written, end, after = rest.partition(END)
    wrong = list(complaints(found))
    if not mark or not end:
        sys.exit(f"{DOCUMENT} has no place for the table, between {BEGIN} and {END}")
    if arguments.write:
        DOCUMENT.write_text(before + mark + table(found) + end + after, encoding="utf-8")
    elif arguments.check and is_stale(written, found):
        wrong.append("the table in docs/architecture.md is not up to date, build the target `rooms`")
    if not arguments.write and not arguments.check:
        print(table(found))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
