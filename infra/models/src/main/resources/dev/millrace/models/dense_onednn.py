  # ---- linear maps over matrices that lay() has laid out for oneDNN (CPU, float32), or over plain ones
  # where it left them as they are; an empty bias is none. Java appends tails(), see DenseKernels.
  def dense(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0:
      if w.is_mkldnn:
        y = ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), None)
      else:
        y = torch.linear(x, w, b)
    else:
      if w.is_mkldnn:
        y = ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), None)
      else:
        y = torch.linear(x, w)
    return y
  def dense_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return self.dense(x, w, b).add_(h)
  def lay(self: __torch__.M, w: Tensor) -> Tensor:
    if self.tails() or w.size(0) % 64 == 0:
      return ops.mkldnn._reorder_linear_weight(w)
    return w
