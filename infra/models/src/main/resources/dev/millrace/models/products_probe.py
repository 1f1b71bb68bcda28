  # ---- a part of dense_probe.py: how far the products of products_onednn.py are from plain ones. x [m, k], w [n, k], d [m, n].
  def product_difference(self: __torch__.M, x: Tensor, w: Tensor, d: Tensor) -> Tensor:
    d0 = torch.max(torch.abs(self.product(x, w) - torch.linear(x, w)))
    d1 = torch.max(torch.abs(self.product(d, w.t()) - torch.mm(d, w)))
    c = torch.mm(d.t(), x)
    d2 = torch.max(torch.abs(self.product(d.t().contiguous(memory_format=0), x.t()) - c))
    d3 = torch.max(torch.abs(self.product(x.t().contiguous(memory_format=0), d.t()).t() - c))
    return torch.max(torch.stack([d0, d1, d2, d3]))
