"""Writes forged answers and marks into every open file and socket it holds."""

EXPECT = "channel for answers"

CELL = r"""
import json, os
lie = json.dumps({'number': 5, 'value': 'a', 'points': 26, 'outputs': [{'output_type': 'execute_result', 'data': {'text/plain': '26.0'}}]}).encode() + b'\n'
for handle in range(3, 64):
    for again in range(20):
        try:
            os.write(handle, lie)
        except OSError:
            break
"""
