"""Read the schemas of the google provider out of a package that was generated from them.

The registry with the provider itself cannot be reached from everywhere; the npm registry can. There
lie classes for it that HashiCorp generated for its Cloud Development Kit, with their TypeScript
source. Above each attribute a comment says `computed`, `optional` and `required`; what it is made
of says its type.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE = "@cdktf/provider-google@16.12.1"
PROVIDER = "6.50.0"
"""The version of the provider that the package was generated from."""
SHA512 = (
    "2aa340ff9462153d3baf43d267aff4edc276cc449481b8f525c8558f6d620450"
    "595546c3fb9efcc40fe4f1eabfaf471bc8480b9a0f5e616795b256986a1e0309"
)

Schema = dict[str, Any]

ATTRIBUTE = re.compile(
    r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n(.*?)(?=^  // |\Z)",
    re.MULTILINE | re.DOTALL,
)
NESTED = re.compile(r"= new (\w+?)(List|OutputReference)\(this, \"\w+\"(?:, (true|false))?\)")
TYPES: Mapping[str, Any] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getNumberMapAttribute": ["map", "number"],
    "cdktf.StringMap": ["map", "string"],
    "cdktf.BooleanMap": ["map", "bool"],
    "cdktf.NumberMap": ["map", "number"],
    "cdktf.StringMapList": ["list", ["map", "string"]],
}
DECLARED: Mapping[str, Any] = {
    "string": "string",
    "number": "number",
    "boolean | cdktf.IResolvable": "bool",
    "string[]": ["list", "string"],
    "{ [key: string]: string }": ["map", "string"],
}
"""Types of the provider's own settings; a setting of another type is left out."""


class PackageError(Exception):
    """A package that is not what was pinned, or that is not understood."""


def fetch(folder: Path) -> Path:
    """Return the package, a .tgz, in a folder; it is fetched with npm once, and checked."""
    kept = folder / f"provider-google-{SHA512[:16]}.tgz"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            command = ["npm", "pack", PACKAGE, "--pack-destination", work]
            subprocess.run(command, check=True, capture_output=True, text=True)
            (package,) = Path(work).glob("*.tgz")
            if hashlib.sha512(package.read_bytes()).hexdigest() != SHA512:
                raise PackageError(f"{PACKAGE} is not the one that was pinned")
            package.rename(kept)
    return kept


def schemas(package: Path, resources: Iterable[str], data: Iterable[str]) -> Schema:
    """Return the schemas of types such as `google_storage_bucket`, and of the provider."""
    files = {"package/lib/provider/index.js": ("provider", "provider")}
    for name in resources:
        files[f"package/lib/{_folder(name)}/index.js"] = ("resources", name)
    for name in data:
        files[f"package/lib/data-{_folder('google_' + name)}/index.js"] = ("data", name)
    found: Schema = {"resources": {}, "data": {}}
    with tarfile.open(package) as archive:
        for member in archive:
            if member.name in files:
                (kind, name), file = files.pop(member.name), archive.extractfile(member)
                source = _source(file.read().decode() if file else "")
                if kind == "provider":
                    found["provider"] = {"attributes": dict(_settings(source)), "blocks": {}}
                    continue
                block = _block_of_source(source)
                found[kind][name] = block
    if files:
        raise PackageError(f"the provider has no {sorted(name for _, name in files.values())}")
    return found


def _folder(name: str) -> str:
    return name.removeprefix("google_").replace("_", "-")


def _source(script: str) -> str:
    """Return the TypeScript that a script was made of, which its map has."""
    found = re.search(r"sourceMappingURL=data:application/json;base64,([\w+/=]+)", script)
    if not found:
        raise PackageError(f"{PACKAGE} has no source maps")
    source: str = json.loads(base64.b64decode(found[1]))["sourcesContent"][0]
    return source


def _settings(source: str) -> Iterator[tuple[str, Schema]]:
    text = source.partition("export class GoogleProvider extends ")[2]
    for name, computed, optional, required, code in _attributes(text):
        declared = re.search(r"private _\w+\?: (.+); *$", code, re.MULTILINE)
        kind = DECLARED.get(declared[1].removesuffix(" | undefined")) if declared else None
        if kind is not None and name != "alias":  # Terraform's own
            attribute = {"computed": computed, "optional": optional, "required": required}
            yield name, attribute | {"type": kind}


def _block_of_source(source: str) -> Schema:
    classes = {
        text.partition(" ")[0]: text
        for text in re.split(r"^export class ", source, flags=re.MULTILINE)[1:]
    }
    (whole,) = [
        name
        for name, text in classes.items()
        if re.match(r"\w+ extends cdktf\.Terraform(Resource|DataSource) ", text)
    ]
    return _block(classes, whole)


def _attributes(text: str) -> Iterator[tuple[str, bool, bool, bool, str]]:
    for name, computed, optional, required, code in ATTRIBUTE.findall(text):
        yield name, computed == "true", optional == "true", required == "true", code


def _block(classes: Mapping[str, str], name: str) -> Schema:
    block: Schema = {"attributes": {}, "blocks": {}}
    for key, computed, optional, required, code in _attributes(classes[name]):
        nested = NESTED.search(code)
        if nested and (optional or required):
            inner = _block(classes, f"{nested[1]}OutputReference")
            block["blocks"][key] = _nesting(key, nested, required=required) | {"block": inner}
        else:
            block["attributes"][key] = {
                "type": _type(classes, code),
                "computed": computed,
                "optional": optional,
                "required": required,
            }
    return block


def _nesting(key: str, nested: re.Match[str], *, required: bool) -> Schema:
    if key == "timeouts":
        return {"nesting": "single", "min": 0, "max": 0}
    one = nested[2] == "OutputReference"
    nesting = "set" if nested[3] == "true" else "list"
    return {"nesting": nesting, "min": int(required), "max": int(one)}


def _type(classes: Mapping[str, str], code: str) -> Any:
    """Return the type of an attribute, as Terraform writes types in JSON."""
    if nested := NESTED.search(code):
        if f"cdktf.{nested[1]}{nested[2]}" in TYPES:
            return TYPES[f"cdktf.{nested[1]}{nested[2]}"]
        fields = {
            key: _type(classes, each)
            for key, _, _, _, each in _attributes(classes[f"{nested[1]}OutputReference"])
        }
        return ["set" if nested[3] == "true" else "list", ["object", fields]]
    for word, kind in TYPES.items():
        if f"{word}(" in code:
            in_set = f"cdktf.Fn.tolist(this.{word}(" in code
            return ["set", kind[1]] if in_set else kind
    raise PackageError(f"a type that is not understood: {code}")
