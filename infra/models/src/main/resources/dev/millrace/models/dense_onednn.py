  # ---- linear maps over matrices that lay() has laid out for oneDNN (CPU, float32); an empty bias is none
  def dense(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0:
      return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), None)
    return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), None)
  def dense_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return self.dense(x, w, b).add_(h)
  def lay(self: __torch__.M, w: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(w)
