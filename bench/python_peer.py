"""The other side of `npm run bench -- NAME --peer torch|compile|onnxruntime|openvino`.

Reads one JSON job per line, answers with seconds and processor time, or null where the peer has no such job.
"""

import contextlib
import io
import json
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.extra = (outputs - inputs) // 2
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.extra:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra, self.extra))
        return F.relu(x + y)


class ResNet20(nn.Module):
    """CIFAR ResNet-20 with shortcuts of option A."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for outputs in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(inputs, outputs, 2 if i == 0 and outputs > 16 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn(self.conv(x)))).mean((2, 3)))


class SimCNN(nn.Module):
    """13 convolutions 3x3, five max pools, three dense layers; CNNSplitter's variant without batch normalisation."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for i, outputs in enumerate((64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)):
            layers += [nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU()]
            inputs = outputs
            if i in (1, 3, 6, 9, 12):
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        hidden = [nn.Dropout(0.5), nn.Linear(512, 512), nn.ReLU()]
        self.head = nn.Sequential(*hidden, nn.Dropout(0.5), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


NETWORKS = {"resnet20": ResNet20, "simcnn": SimCNN}


def fastest(variants):
    """The quickest of several ways to run the same job (memory formats)."""

    def seconds(run):
        for _ in range(2):
            run()
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return min(variants, key=seconds)


PEER = sys.argv[1]
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
FORMATS = (torch.contiguous_format, torch.channels_last)


def conv_job(job):
    if PEER != "torch":
        return None
    return fastest([conv_run(job, memory_format) for memory_format in FORMATS])


def network_job(job):
    if PEER in ("onnxruntime", "openvino"):
        return exported_run(job) if job["pass"] == "eval" else None
    return fastest([network_run(job, memory_format) for memory_format in FORMATS])


def conv_run(job, memory_format):
    batch, height, width, channels = job["shape"]
    rows, columns, _, outputs = job["filter"]
    # TensorFlow pads 'same' at stride 2 on one side only; the amount of work is the same.
    x = torch.randn(batch, channels, height, width).to(memory_format=memory_format)
    w = torch.randn(outputs, channels, rows, columns).to(memory_format=memory_format)
    stride, pad = job["stride"], (rows // 2, columns // 2)
    dy = torch.randn_like(F.conv2d(x, w, None, stride, pad))
    if job["pass"] == "forward":

        def forward():
            with torch.no_grad():
                F.conv2d(x, w, None, stride, pad)

        return forward
    mask = (job["pass"] == "dX", job["pass"] == "dW", False)

    def backward():
        torch.ops.aten.convolution_backward(dy, x, w, [0], [stride] * 2, pad, [1, 1], False, [0, 0], 1, mask)

    return backward


def network_run(job, memory_format):
    model = NETWORKS[job["network"]]().to(memory_format=memory_format)
    x = torch.randn(job["batch"], 3, 32, 32).to(memory_format=memory_format)
    labels = torch.arange(job["batch"]) % 10
    if job["pass"] == "eval":
        model.eval()
        if PEER == "compile":
            from torch._inductor import config

            config.freezing = True
            model = torch.compile(model)

        def evaluate():
            with torch.no_grad(), precision(job):
                model(x)

        return evaluate
    if PEER == "compile":
        model = torch.compile(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def train():
        optimizer.zero_grad()
        with precision(job):
            loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()

    return train


def precision(job):
    return torch.autocast("cpu", torch.bfloat16) if job["precision"] == "bf16" else contextlib.nullcontext()


def exported_run(job):
    """Evaluation of PyTorch's export."""
    model = NETWORKS[job["network"]]().eval()
    x = torch.randn(job["batch"], 3, 32, 32)
    file = io.BytesIO()
    torch.onnx.export(model, (x,), file, dynamo=False)
    if PEER == "onnxruntime":
        if job["precision"] != "f32":
            return None
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
        inputs = {session.get_inputs()[0].name: x.numpy()}
        return lambda: session.run(None, inputs)
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": job["precision"], "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": THREADS}
    request = core.compile_model(core.read_model(file.getvalue()), "CPU", settings).create_infer_request()
    return lambda: request.infer([x.numpy()])


def versions():
    names = ["torch"] if PEER in ("torch", "compile") else ["torch", PEER]
    return ", ".join(f"{name} {__import__(name).__version__}" for name in names)


JOBS = {"conv": conv_job, "network": network_job}


def main():
    torch.manual_seed(0)
    torch.set_num_threads(THREADS)
    print(json.dumps({"version": versions()}), flush=True)
    key, run = None, None
    for line in sys.stdin:
        if line != key:
            job = json.loads(line)
            key, run = line, JOBS[job["job"]](job)
        if run is None:
            print(json.dumps({"seconds": None}), flush=True)
            continue
        start, cpu = time.perf_counter(), time.process_time()
        run()
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(json.dumps({"seconds": seconds, "cpu": cpu}), flush=True)


main()
