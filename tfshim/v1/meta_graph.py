"""`tf.compat.v1.train.export_meta_graph`: a graph with its collections as a `MetaGraphDef`, and back."""

from __future__ import annotations

import logging
import os
from typing import Any

from google.protobuf import text_format

from tfshim import namespaces, protos
from tfshim._version import TENSORFLOW_VERSION
from tfshim.context import context
from tfshim.export import export
from tfshim.ops import op_table
from tfshim.protos import convert, graphs
from tfshim.protos.graph_import import import_graph_def
from tfshim.protos.ordering import source
from tfshim.protos.scoped_names import is_within, prepend, strip
from tfshim.scopes import get_default_graph
from tfshim.v1.collection_protos import get_from_proto_function, get_to_proto_function, message_of

_UNBOUND = "unbound_inputs"
_PLACE = "$unbound_inputs_"
_log = logging.getLogger("tensorflow")


def _check_mode(verb: str) -> None:
    if context.graph is None:
        raise RuntimeError(f"{verb} meta graphs is not supported when eager execution is enabled. Use a tf.Graph.")


# Export -----------------------------------------------------------------------------------------------------------


@export("compat.v1.train.export_meta_graph")
def export_meta_graph(
    filename=None,
    meta_info_def=None,
    graph_def=None,
    saver_def=None,
    collection_list=None,
    as_text=False,
    graph=None,
    export_scope=None,
    clear_devices=False,
    clear_extraneous_savers=False,
    strip_default_attrs=False,
    save_debug_info=False,
    **kwargs,
):
    """The `MetaGraphDef` of a graph: nodes, collections, and the saver of its variables if one is given.

    Args:
      filename: a file to write it to.
      meta_info_def: a `MetaInfoDef` to start from.
      graph_def: the nodes; those of `graph` by default.
      saver_def: a `SaverDef`.
      collection_list: names of the collections; all by default. Items that have no form as a message are left out.
      as_text: whether the file is text.
      graph: the default graph if None.
      export_scope: only what is in this scope is exported, without the scope in the names.
      clear_devices: leaves out the devices of nodes.
      clear_extraneous_savers: leaves out the collection of savers.
      strip_default_attrs: leaves out attributes that have their default values.
      save_debug_info: has no effect.

    Raises:
      RuntimeError: in eager mode, without a graph.
    """
    if graph is None and graph_def is None:
        _check_mode("Exporting")
    graph = graph or get_default_graph()
    made = protos.MetaGraphDef()  # type: ignore[attr-defined]
    if meta_info_def is not None:
        made.meta_info_def.MergeFromString(meta_info_def.SerializeToString())
    made.meta_info_def.tensorflow_version = TENSORFLOW_VERSION
    made.meta_info_def.tensorflow_git_version = str(namespaces.resolve("version.GIT_VERSION"))
    made.meta_info_def.stripped_default_attrs = strip_default_attrs
    whole = graph.as_graph_def(add_shapes=True) if graph_def is None else graph_def
    made.graph_def.MergeFromString(whole.SerializeToString())
    unbound = _restrict(made.graph_def, export_scope)
    for node in [*made.graph_def.node, *(n for f in made.graph_def.library.function for n in f.node_def)]:
        if clear_devices:
            node.device = ""
        if strip_default_attrs:
            _without_defaults(node)
    made.meta_info_def.stripped_op_list.op.extend(declarations(made.graph_def))
    if saver_def is not None:
        made.saver_def.MergeFromString(saver_def.SerializeToString())
    for key in graph.get_all_collection_keys() if collection_list is None else collection_list:
        if not (clear_extraneous_savers and key == "savers"):
            _add_collection(made, key, graph.get_collection(key), export_scope)
    if unbound:
        made.collection_def[_UNBOUND].bytes_list.value.extend(name.encode() for name in sorted(unbound))
    if filename is not None:
        _write(made, os.fspath(filename), as_text)
    return made


def _write(message: Any, filename: str, as_text: bool) -> None:
    folder = os.path.dirname(filename)
    if folder:
        os.makedirs(folder, exist_ok=True)
    data = text_format.MessageToString(message).encode() if as_text else message.SerializeToString()
    with open(filename, "wb") as file:
        file.write(data)


def _restrict(graph_def: Any, scope: str | None) -> set[str]:
    """Leaves only the nodes in a scope, without it in their names; the names of tensors outside that these take."""
    if scope is None:
        return set()
    inside = [node for node in graph_def.node if is_within(node.name, scope)]
    kept, unbound = [], set()
    for node in inside:
        copy = type(node)()
        copy.CopyFrom(node)
        copy.name = strip(node.name, scope)
        for i, reference in enumerate(copy.input):
            if is_within(source(reference), scope):
                copy.input[i] = strip(reference, scope)
            else:
                copy.input[i] = _PLACE + reference.removeprefix("^")
                unbound.add(copy.input[i])
        groups = copy.attr["_class"].list.s if "_class" in copy.attr else []
        for i, group in enumerate(groups):
            groups[i] = strip(group.decode(), scope).encode()
        kept.append(copy)
    del graph_def.node[:]
    graph_def.node.extend(kept)
    return unbound


def _without_defaults(node: Any) -> None:
    if not op_table.is_known(node.op):
        return
    for name, attr in op_table.op_def(node.op).attrs.items():
        if attr.has_default and name in node.attr and node.attr[name] == convert.attr_to_proto(attr.type, attr.default):
            del node.attr[name]


def declarations(graph_def: Any) -> list[Any]:
    """The `OpDef`s of the ops of a graph's nodes."""
    used = sorted({node.op for node in graph_def.node})
    return [graphs.op_def(name) for name in used if op_table.is_known(name)]


def _add_collection(meta_graph: Any, key: Any, items: list[Any], scope: str | None) -> None:
    if not isinstance(key, str):
        _log.warning("The collection %r is not exported: only collections whose names are strings are.", key)
        return
    made = protos.CollectionDef()  # type: ignore[attr-defined]
    try:
        for item in items:
            _add_item(made, item, get_to_proto_function(key), scope)
    except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
        _log.warning("The collection %r is not exported, for its items have no form as messages: %s", key, error)
        return
    if made.WhichOneof("kind") is not None:
        meta_graph.collection_def[key].CopyFrom(made)


def _add_item(made: Any, item: Any, to_proto: Any, scope: str | None) -> None:
    if to_proto is not None:
        message = to_proto(item, export_scope=scope)
        if message is not None:
            made.bytes_list.value.append(message.SerializeToString())
    elif isinstance(item, (str, bytes)):
        text = item.encode() if isinstance(item, str) else item
        if scope is None or text.startswith(scope.encode()):
            made.bytes_list.value.append(text)
    elif isinstance(item, int):
        made.int64_list.value.append(item)
    elif isinstance(item, float):
        made.float_list.value.append(item)
    elif is_within(item.name, scope):
        made.node_list.value.append(strip(item.name, scope))


# Import -----------------------------------------------------------------------------------------------------------


@export("compat.v1.train.import_meta_graph")
def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **kwargs):
    """Adds the nodes and the collections of a `MetaGraphDef` to the default graph.

    Args:
      meta_graph_or_file: the message, or a file with it, as text or not.
      clear_devices: leaves out the devices of nodes.
      import_scope: put before all names.
      **kwargs: `input_map` of `tf.import_graph_def`, among others.

    Returns:
      The saver that was exported, or a new one for all variables; None if there are none.

    Raises:
      OSError: there is no such file, or no `MetaGraphDef` in it.
      RuntimeError: in eager mode.
    """
    _check_mode("Importing")
    meta_graph, scope = add_meta_graph(meta_graph_or_file, clear_devices, import_scope, **kwargs)
    return _saver(meta_graph, scope)


def add_meta_graph(
    meta_graph_or_file: Any, clear_devices: bool, import_scope: str | None, input_map: Any = None, **_: Any
) -> tuple[Any, str | None]:
    """Does what `import_meta_graph` does, but for the saver; the message, and the scope that was opened."""
    given = meta_graph_or_file
    meta_graph = given if hasattr(given, "graph_def") else read_meta_graph_file(os.fspath(given))
    if not meta_graph.HasField("graph_def"):
        raise ValueError("MetaGraphDef should have a graph_def")
    graph_def = protos.GraphDef.FromString(meta_graph.graph_def.SerializeToString())  # type: ignore[attr-defined]
    for node in graph_def.node if clear_devices else ():
        node.device = ""
    before = set(get_default_graph()._by_name)
    operations = meta_graph.meta_info_def.stripped_op_list
    import_graph_def(graph_def, name=import_scope or "", input_map=input_map, producer_op_list=operations)
    scope = _scope_of(before, graph_def, import_scope)
    _restore_collections(meta_graph, scope)
    return meta_graph, scope


def _scope_of(before: set[str], graph_def: Any, asked: str | None) -> str | None:
    """The scope that was opened: the one asked for, numbered if it was taken."""
    if not asked or not graph_def.node:
        return asked
    new = [name for name in get_default_graph()._by_name if name not in before]
    wanted = graph_def.node[0].name
    return next((n.removesuffix(f"/{wanted}") for n in new if n.endswith(f"/{wanted}")), asked)


def read_meta_graph_file(filename: str) -> Any:
    """The `MetaGraphDef` in a file, which is text or not; OSError if there is none."""
    if not os.path.isfile(filename):
        raise OSError(f"File does not exist. Received: {filename}.")
    with open(filename, "rb") as file:
        data = file.read()
    try:
        return protos.MetaGraphDef.FromString(data)  # type: ignore[attr-defined]
    except Exception:  # what a broken message raises depends on the implementation of protocol buffers
        try:
            return text_format.Parse(data.decode(), protos.MetaGraphDef())  # type: ignore[attr-defined]
        except (UnicodeDecodeError, text_format.ParseError) as error:
            raise OSError(f"Cannot parse file {filename}: {error}.") from None


def _restore_collections(meta_graph: Any, scope: str | None) -> None:
    graph = get_default_graph()
    known: dict[bytes, Any] = {}  # a variable is one object, whatever collections it is in
    for key, collection in sorted(meta_graph.collection_def.items()):
        if key == _UNBOUND:
            continue
        kind = collection.WhichOneof("kind")
        from_proto = get_from_proto_function(key)
        for value in getattr(collection, kind).value if kind else ():
            if from_proto is not None and kind == "bytes_list":
                item = known.get(value)
                if item is None:
                    item = known[value] = from_proto(message_of(key).FromString(value), import_scope=scope)
            elif kind == "node_list":
                item = graph.as_graph_element(prepend(value, scope))
            else:
                item = int(value) if kind == "int64_list" else value
            graph.add_to_collection(key, item)


def _saver(meta_graph: Any, scope: str | None) -> Any:
    from tfshim.v1.training.saver import Saver, all_saveable_objects

    if meta_graph.HasField("saver_def"):
        definition = protos.SaverDef.FromString(meta_graph.saver_def.SerializeToString())  # type: ignore[attr-defined]
        return Saver(saver_def=definition, name=scope)
    return Saver() if all_saveable_objects(scope) else None
