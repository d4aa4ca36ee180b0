"""Files exchanged with the Python package `safetensors` (made with 0.8.0, NumPy 2.4.6).

    python3 Tests/OptimizersTests/Fixtures/safetensors_exchange.py

Writes python_f32.safetensors and python_f64.safetensors, which SafeTensorsTests reads; and reads
swift.safetensors, which is, as SafeTensorsTests makes sure, what Swift writes for the same contents.
"""

import pathlib

import numpy
import safetensors
import safetensors.numpy

folder = pathlib.Path(__file__).parent
metadata = {"note": 'é, "quoted"\n\\', "training": '{"step":3}'}


def contents(dtype):
    return {
        "0.weight": numpy.array([[1, -0.0, 2.5], [3e38, 1e-45, -numpy.inf]], dtype),
        "0.bias": numpy.array([0.1, -0.2, 1 / 3], dtype),
        "temperature": numpy.array(0.7, dtype),
        "nothing": numpy.zeros((0, 4), dtype),
    }


for name, dtype in [("f32", numpy.float32), ("f64", numpy.float64)]:
    safetensors.numpy.save_file(
        contents(dtype), folder / f"python_{name}.safetensors", metadata=metadata)

path = folder / "swift.safetensors"
found = safetensors.numpy.load_file(path)
expected = contents(numpy.float32)
assert found.keys() == expected.keys(), found.keys()
for name, tensor in expected.items():
    assert found[name].dtype == tensor.dtype, name
    assert found[name].shape == tensor.shape, name
    assert found[name].tobytes() == tensor.tobytes(), name
with safetensors.safe_open(path, framework="numpy") as file:
    assert file.metadata() == metadata, file.metadata()
print("swift.safetensors holds what it should")
