# An encoder of the BERT and RoBERTa families as TorchScript source.
#
# Weights: [word, position, type, norm, norm bias], then 12 a layer [qkv, qkv bias, out, out bias, norm,
# norm bias, up, up bias, down, down bias, norm, norm bias], then those of the head, if there is one.
# Sequences are packed as in decoder.py; alive [B, T] marks the cells that hold a token, empty where all
# lengths are equal. dense() and lay() stand in files of their own, see decoder.py.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def norm(self: __torch__.M, x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], g, b, self.eps())
  def activation(self: __torch__.M, x: Tensor) -> Tensor:
    if self.act() == 0:
      y = torch.gelu(x)
    else:
      if self.act() == 1:
        y = torch.gelu(x, approximate="tanh")
      else:
        y = torch.relu(x)
    return y
  # Takes the tensors of a checkpoint, 16 a layer with query, key and value apart.
  def fuse(self: __torch__.M, w: List[Tensor], dt: int) -> List[Tensor]:
    f = annotate(List[Tensor], [])
    for i in range(5):
      f.append(torch._to_copy(w[i], dtype=dt))
    o = 5
    for l in range(self.n_layers()):
      f.append(self.lay(torch.cat([w[o], w[o + 2], w[o + 4]]).to(dt)))
      f.append(torch.cat([w[o + 1], w[o + 3], w[o + 5]]).to(dt))
      for i in range(10):
        x = torch._to_copy(w[o + 6 + i], dtype=dt)
        if i == 0 or i == 4 or i == 6:
          x = self.lay(x)
        f.append(x)
      o = o + 16
    for i in range(o, len(w)):
      f.append(torch._to_copy(w[i], dtype=dt))
    return f
  def hidden(self: __torch__.M, tok: Tensor, pos: Tensor, typ: Tensor, pad: Tensor, unpad: Tensor, alive: Tensor, b: int, t: int, w: List[Tensor]) -> Tensor:
    n = tok.size(0)
    h = torch.embedding(w[0], tok) + torch.embedding(w[1], pos) + torch.embedding(w[2], typ)
    h = self.norm(h, w[3], w[4])
    heads = self.n_heads()
    d = h.size(1)
    ragged = torch.numel(unpad) > 0
    for l in range(self.n_layers()):
      o = 5 + l * 12
      x = self.dense(h, w[o], w[o + 1])
      if ragged:
        x = torch.index_select(x, 0, pad)
      x = x.view([b, t, 3, heads, d // heads]).permute([2, 0, 3, 1, 4])
      q = torch.select(x, 0, 0)
      k = torch.select(x, 0, 1)
      v = torch.select(x, 0, 2)
      if ragged:
        a = torch.scaled_dot_product_attention(q, k, v, alive.view([b, 1, 1, t]), 0.0, False, scale=None, enable_gqa=False)
      else:
        a = torch.scaled_dot_product_attention(q, k, v, None, 0.0, False, scale=None, enable_gqa=False)
      a = a.transpose(1, 2).reshape([b * t, d])
      if ragged:
        a = torch.index_select(a, 0, unpad)
      h = self.norm(h + self.dense(a, w[o + 2], w[o + 3]), w[o + 4], w[o + 5])
      f = self.activation(self.dense(h, w[o + 6], w[o + 7]))
      h = self.norm(h + self.dense(f, w[o + 8], w[o + 9]), w[o + 10], w[o + 11])
    return h
  # first [B]: where each sequence begins; owner [N]: which sequence a token is of; size [B]: lengths.
  # Unit vectors [B, D] float32.
  def embed(self: __torch__.M, tok: Tensor, pos: Tensor, typ: Tensor, pad: Tensor, unpad: Tensor, alive: Tensor, b: int, t: int, first: Tensor, owner: Tensor, size: Tensor, mean: bool, unit: bool, w: List[Tensor]) -> Tensor:
    h = self.hidden(tok, pos, typ, pad, unpad, alive, b, t, w).to(6)
    if mean:
      v = torch.zeros([b, h.size(1)], dtype=6, device=h.device).index_add_(0, owner, h) / size.unsqueeze(1)
    else:
      v = torch.index_select(h, 0, first)
    if unit:
      v = v / torch.clamp_min(torch.linalg_vector_norm(v, 2, [-1], True), 1e-12)
    return v
  # Scores [B, labels] float32 of the classification head, from each sequence's first token.
  def classify(self: __torch__.M, tok: Tensor, pos: Tensor, typ: Tensor, pad: Tensor, unpad: Tensor, alive: Tensor, b: int, t: int, first: Tensor, w: List[Tensor]) -> Tensor:
    h = torch.index_select(self.hidden(tok, pos, typ, pad, unpad, alive, b, t, w), 0, first)
    o = len(w) - 4
    h = torch.tanh(torch.linear(h, w[o], w[o + 1]))
    return torch.linear(h, w[o + 2], w[o + 3]).to(6)
