# Compares the linear maps of dense_onednn.py or dense_plain.py with plain ones; see DenseKernels.java.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # The largest difference over x w' + b, x w' and h + x w' between a matrix laid out and as it is.
  def difference(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    p = self.lay(w)
    none = torch.slice(b, 0, 0, 0)
    y = torch.linear(x, w)
    d0 = torch.max(torch.abs(self.dense(x, p, b) - (y + b)))
    d1 = torch.max(torch.abs(self.dense(x, p, none) - y))
    d2 = torch.max(torch.abs(self.dense_onto(y, x, p, none) - (y + y)))
    return torch.max(torch.stack([d0, d1, d2]))
