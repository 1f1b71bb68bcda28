# Whether oneDNN multiplies as it should on this CPU; see DenseKernels.java.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # The largest difference between products with a matrix as it is and laid out.
  def difference(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    p = ops.mkldnn._reorder_linear_weight(w)
    y = ops.mkldnn._linear_pointwise(x, p, None, "none", annotate(List[Optional[number]], []), None)
    return torch.max(torch.abs(y - torch.linear(x, w)))
