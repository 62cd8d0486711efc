"""Models as exporters write them, with weights from a seed: they compute as fast as trained ones."""

import math

from onnx_writer import Model


def convolution(m, x, inputs, outputs, size, stride):
    """Without bias, then a batch norm of known statistics, as they come out of an exporter in training form."""
    span = math.sqrt(6 / (inputs * size * size))
    weights = m.weights([outputs, inputs, size, size], -span, span)
    x = m.node("Conv", x, weights, kernel_shape=[size, size], strides=[stride, stride],
               pads=[size // 2] * 4, dilations=[1, 1], group=1)
    gamma, beta = m.weights([outputs], 0.7, 1.0), m.weights([outputs], -0.1, 0.1)
    mean, variance = m.weights([outputs], -0.1, 0.1), m.weights([outputs], 0.7, 1.4)
    return m.node("BatchNormalization", x, gamma, beta, mean, variance, epsilon=1e-5)


def residual_block(m, x, inputs, outputs, stride):
    y = m.node("Relu", convolution(m, x, inputs, outputs, 3, stride))
    y = convolution(m, y, outputs, outputs, 3, 1)
    if stride != 1 or inputs != outputs:
        x = convolution(m, x, inputs, outputs, 1, stride)
    return m.node("Relu", m.node("Add", y, x))


def residual_network(m, x, widths, blocks):
    channels = widths[0]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            x = residual_block(m, x, channels, width, 2 if stage > 0 and block == 0 else 1)
            channels = width
    return m.node("Flatten", m.node("GlobalAveragePool", x), axis=1)


def classifier(m, x, batch, inputs, classes):
    span = 1 / math.sqrt(inputs)
    weights, bias = m.weights([classes, inputs], -span, span), m.weights([classes], -span, span)
    m.node("Gemm", x, weights, bias, output="y", alpha=1.0, beta=1.0, transB=1)
    m.output("y", [batch, classes])


def resnet18(batch=1):
    """ResNet-18 for 224 x 224: 1.8 G products, 11.7 M weights."""
    m = Model(opset=17, seed=18)
    x = m.input("x", [batch, 3, 224, 224])
    x = m.node("Relu", convolution(m, x, 3, 64, 7, 2))
    x = m.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    classifier(m, residual_network(m, x, [64, 128, 256, 512], 2), batch, 512, 1000)
    return m.bytes()


def resnet20(batch=1):
    """ResNet-20 for 32 x 32: 41 M products, 0.27 M weights."""
    m = Model(opset=17, seed=20)
    x = m.input("x", [batch, 3, 32, 32])
    x = m.node("Relu", convolution(m, x, 3, 16, 3, 1))
    classifier(m, residual_network(m, x, [16, 32, 64], 3), batch, 64, 10)
    return m.bytes()


class Encoder:
    """Layers of a transformer encoder, norms behind the sums, GELU by Erf, no mask."""

    def __init__(self, opset, batch, length, width, heads):
        self.m = Model(opset, seed=512)
        self.batch, self.length, self.width, self.heads = batch, length, width, heads

    def linear(self, x, inputs, outputs):
        span = 1 / math.sqrt(inputs)
        weights = self.m.weights([inputs, outputs], -span, span)
        bias = self.m.weights([outputs], -span, span)
        return self.m.node("Add", bias, self.m.node("MatMul", x, weights))

    def norm(self, x, output=None):
        m = self.m
        gamma, beta = m.weights([self.width], 0.8, 1.2), m.weights([self.width], -0.1, 0.1)
        if m.opset >= 17:
            return m.node("LayerNormalization", x, gamma, beta, output=output, axis=-1, epsilon=1e-5)
        apart = m.node("Sub", x, m.node("ReduceMean", x, axes=[-1]))
        variance = m.node("ReduceMean", m.node("Pow", apart, m.scalar(2)), axes=[-1])
        deviation = m.node("Sqrt", m.node("Add", variance, m.scalar(1e-5)))
        scaled = m.node("Mul", m.node("Div", apart, deviation), gamma)
        return m.node("Add", scaled, beta, output=output)

    def gelu(self, x):
        m = self.m
        y = m.node("Erf", m.node("Div", x, m.scalar(math.sqrt(2))))
        y = m.node("Mul", x, m.node("Add", y, m.scalar(1)))
        return m.node("Mul", y, m.scalar(0.5))

    def by_head(self, x, order):
        m = self.m
        shape = m.integers([self.batch, self.length, self.heads, self.width // self.heads])
        return m.node("Transpose", m.node("Reshape", x, shape), perm=order)

    def attention(self, x):
        m = self.m
        queries = self.by_head(self.linear(x, self.width, self.width), [0, 2, 1, 3])
        keys = self.by_head(self.linear(x, self.width, self.width), [0, 2, 3, 1])
        values = self.by_head(self.linear(x, self.width, self.width), [0, 2, 1, 3])
        scale = m.scalar(math.sqrt(self.width // self.heads))
        scores = m.node("Div", m.node("MatMul", queries, keys), scale)
        mixed = m.node("MatMul", m.node("Softmax", scores, axis=-1), values)
        mixed = m.node("Transpose", mixed, perm=[0, 2, 1, 3])
        joined = m.node("Reshape", mixed, m.integers([self.batch, self.length, self.width]))
        return self.linear(joined, self.width, self.width)

    def model(self, layers):
        m, shape = self.m, [self.batch, self.length, self.width]
        x = m.input("x", shape)
        for layer in range(layers):
            x = self.norm(m.node("Add", self.attention(x), x))
            inner = self.gelu(self.linear(x, self.width, 4 * self.width))
            y = m.node("Add", self.linear(inner, 4 * self.width, self.width), x)
            x = self.norm(y, "y" if layer + 1 == layers else None)
        m.output("y", shape)
        return m.bytes()


def encoder(opset=17):
    """6 layers, 512 wide, 8 heads, 2,048 inside, 128 tokens: 2.5 G products, 18.9 M weights."""
    return Encoder(opset, batch=1, length=128, width=512, heads=8).model(6)


MODELS = {
    "resnet18": resnet18,
    "resnet20": resnet20,
    "resnet20-batch16": lambda: resnet20(16),
    "encoder": encoder,
    "encoder-opset14": lambda: encoder(14),
}
