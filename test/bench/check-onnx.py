"""Checks ONNX files with the ONNX checker and shape inference (Debian: python3-onnx). Usage: check-onnx.py FILE..."""

import sys

try:
    import onnx
except ImportError:
    sys.exit("skipped: python3-onnx is not installed")

failed = 0
skipped = 0
for path in sys.argv[1:]:
    model = onnx.load(path)
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    known = onnx.defs.onnx_opset_version()
    if opset > known or model.ir_version > onnx.IR_VERSION:
        print(f"skipped: {path} (opset {opset}, IR {model.ir_version}; this checker knows opset {known}, IR {onnx.IR_VERSION})")
        skipped += 1
        continue
    try:
        onnx.checker.check_model(model, full_check=True)
        print(f"accepted: {path} (opset {opset})")
    except Exception as error:
        print(f"refused: {path} (opset {opset}): {error}")
        failed += 1

print(f"onnx {onnx.__version__}: {len(sys.argv) - 1 - failed - skipped} accepted, {failed} refused, {skipped} skipped")
sys.exit(1 if failed else 0)
