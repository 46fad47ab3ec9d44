/** What to do with a PyTorch file that cannot be opened: the lines that export the network itself. */
export function exportAdvice(): string {
  return (
    'Export it, with the program that made it: model.eval(); x = torch.zeros(1, 3, 224, 224)  # an input of your size; ' +
    "torch.onnx.export(model, x, 'model.onnx') — and open model.onnx. " +
    "(Weights alone: safetensors.torch.save_file(model.state_dict(), 'model.safetensors').)"
  );
}
