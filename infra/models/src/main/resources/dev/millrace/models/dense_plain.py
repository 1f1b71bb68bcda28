  # ---- linear maps over plain matrices, or over stripes of them [s, k, m]; an empty bias is none
  def dense(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if w.dim() == 3:
      y = torch.matmul(x, w).transpose(0, 1).reshape([x.size(0), -1])
      if torch.numel(b) > 0:
        y = y.add_(b)
      return y
    if torch.numel(b) > 0:
      return torch.linear(x, w, b)
    return torch.linear(x, w)
  def dense_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0 or w.dim() == 3:
      return self.dense(x, w, b).add_(h)
    return torch.addmm(h, x, w.t())
  def lay(self: __torch__.M, w: Tensor) -> Tensor:
    return w
