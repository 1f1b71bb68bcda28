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
  # The same between a product with a vector x [k] and the sum of weighted rows that takes its place where a
  # matrix w [s m, k] stands in s stripes, see stripe() of decoder_fused.py.
  def striped_difference(self: __torch__.M, x: Tensor, w: Tensor, s: int) -> Tensor:
    k = w.size(1)
    rows = w.view([s, -1, k]).transpose(1, 2).reshape([s * k, -1])
    index = torch.arange(s * k, dtype=3, device=w.device)
    begins = torch.arange(s + 1, dtype=3, device=w.device) * k
    y, n0, n1, n2 = torch.embedding_bag(rows, index, begins, False, 0, False, x.repeat([s]), True, None)
    return torch.max(torch.abs(y.view([-1]) - torch.mv(w, x)))
