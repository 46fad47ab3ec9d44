"""Jupyter's own test of kernels (jupyter_kernel_test on PyPI), with samples in TypeScript."""

import unittest

import jupyter_kernel_test


class ModulabKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "modulab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('a warning')"
    completion_samples = [
        {"text": "consol", "matches": {"console"}},
        {"text": "console.lo", "matches": {"log"}},
        {"text": "[1].toSor", "matches": {"toSorted"}},
    ]
    complete_code_samples = ["1", "console.log('hello')", "function f() {\n  return 1;\n}\n", "f?", "!ls", "`text`"]
    incomplete_code_samples = ["function f() {", "const x =", "`a template", "/* a comment", "if (1) {\n"]
    invalid_code_samples = ["const = 5", "a b c", "f(]", "'open"]
    code_page_something = "parseInt?"
    code_generate_error = "throw new RangeError('too far')"
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[3, 1, 2].toSorted()", "result": "[ 1, 2, 3 ]"},
        {
            "code": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '*x*' }) })",
            "mime": "text/markdown",
            "result": "*x*",
        },
    ]
    code_display_data = [
        {"code": "import { display } from 'tslab'; display.html('<b>x</b>')", "mime": "text/html"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "console.clear()"


if __name__ == "__main__":
    unittest.main(verbosity=2)
