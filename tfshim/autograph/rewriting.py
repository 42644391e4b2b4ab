"""The order of malt's converters, and what of malt's analysis needs correcting.

malt is AutoGraph moved from gast's trees to those of `ast`; where the two differ, some of its analysis is wrong, and is
given here instead.
"""

from __future__ import annotations

import ast
from typing import Any

from malt.converters import (
    asserts,
    break_statements,
    call_trees,
    conditional_expressions,
    continue_statements,
    control_flow,
    directives,
    functions,
    lists,
    logical_expressions,
    return_statements,
    slices,
    variables,
)
from malt.core import unsupported_features_checker
from malt.lang import directives as markers
from malt.pyct import anno, cfg, qual_names
from malt.pyct.static_analysis import activity, liveness, reaching_definitions, reaching_fndefs

from tfshim.autograph.errors import UnsupportedLanguageElementError
from tfshim.autograph.options import Feature
from tfshim.autograph.public import set_loop_options

_NOT_ANALYSED = (ast.NamedExpr, ast.TryStar, ast.Match)


class _Handlers(ast.NodeTransformer):
    """Makes `except E as e:` an assignment: malt expects the name to be a node, as it is in gast."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if node.name is not None:
            caught = ast.parse(f"{node.name} = ag__.caught()").body[0]
            for part in ast.walk(caught):
                ast.copy_location(part, node)
            node.body.insert(0, caught)
            node.name = None
        return node


class _Activity(activity.ActivityAnalyzer):
    """Parameters belong to their function alone; malt's analysis binds them where the function is defined, too."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        if self._track_annotations_only:
            if node.annotation is not None:
                node.annotation = self._process_annotation(node.annotation)
            return node
        name = anno.getanno(node, anno.Basic.QN)
        self.scope.bound.add(name)
        self.scope.mark_param(name, self.state[activity._FunctionOrClass].node)
        return node


class _Directives(directives.DirectivesTransformer):
    """Recognises `tf.autograph.experimental.set_loop_options` by the mark that the converters know."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return _marked(super().visit_Name(node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return _marked(super().visit_Attribute(node))


def _marked(node: ast.AST) -> ast.AST:
    if anno.getanno(node, directives.STATIC_VALUE, default=None) is set_loop_options:
        anno.setanno(node, directives.STATIC_VALUE, markers.set_loop_options)
    return node


def prepare(node: Any) -> Any:
    """The tree of a definition in the form that the analysis understands.

    Raises:
      UnsupportedLanguageElementError: it has elements whose variables the analysis would miss.
    """
    for part in ast.walk(node):
        if isinstance(part, _NOT_ANALYSED):
            raise UnsupportedLanguageElementError(f"{type(part).__name__} is not supported yet")
    return _Handlers().visit(node)


def rewrite(node: Any, ctx: Any) -> Any:
    """The tree of a definition with operators in the places of statements and expressions.

    Raises:
      NotImplementedError: it has elements that no converter handles.
    """
    options = ctx.user.options
    unsupported_features_checker.verify(node)
    # What is not there need not be looked for: analysing takes most of the time.
    present = {type(part) for part in ast.walk(node)}
    conditionals = not present.isdisjoint(_CONDITIONALS)
    # Reads are rewritten where a variable may have no value: one that a block assigns, or that is deleted.
    if conditionals or ast.Delete in present or options.uses(Feature.LISTS):
        graphs = cfg.build(node)
        node = reaching_definitions.resolve(_analysed(node, ctx), ctx, graphs)
        anno.dup(node, {anno.Static.DEFINITIONS: anno.Static.ORIG_DEFINITIONS})

    def apply(*transformers: Any) -> None:
        nonlocal node
        for transformer in transformers:
            node = transformer(ctx).visit(node)

    def analyse_and_apply(transformer: Any) -> None:
        nonlocal node
        node = transformer(ctx).visit(_analysed(node, ctx))

    analyse_and_apply(functions.FunctionTransformer)
    if conditionals:
        apply(_Directives)
    if ast.Break in present:
        analyse_and_apply(break_statements.BreakTransformer)
    if ast.Assert in present and options.uses(Feature.ASSERT_STATEMENTS):
        apply(asserts.AssertTransformer)
    # `continue`, which `break` has become, goes first: it must not skip what the rewriting of loops adds to their ends.
    if ast.Break in present or ast.Continue in present:
        analyse_and_apply(continue_statements.ContinueCanonicalizationTransformer)
    if ast.Return in present and conditionals:
        analyse_and_apply(return_statements.ConditionalReturnRewriter)
    analyse_and_apply(lambda c: return_statements.ReturnStatementsTransformer(c, allow_missing_return=True))
    if options.uses(Feature.LISTS):
        analyse_and_apply(lists.ListTransformer)
        apply(slices.SliceTransformer)
    node = qual_names.resolve(node)
    apply(call_trees.CallTreeTransformer)
    if conditionals:
        node = _with_control_flow(node, ctx)
    if ast.IfExp in present:
        apply(conditional_expressions.ConditionalExpressionTransformer)
    apply(logical_expressions.LogicalExpressionTransformer, variables.VariableAccessTransformer)
    return node


_CONDITIONALS = frozenset([ast.If, ast.For, ast.While])


def _analysed(node: Any, ctx: Any) -> Any:
    return _Activity(ctx, None).visit(qual_names.resolve(node))


def _with_control_flow(node: Any, ctx: Any) -> Any:
    graphs = cfg.build(node)
    node = _analysed(node, ctx)
    for analysis in (reaching_definitions, reaching_fndefs, liveness):
        node = analysis.resolve(node, ctx, graphs)
    return control_flow.ControlFlowTransformer(ctx).visit(node)
