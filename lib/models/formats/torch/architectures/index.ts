import { alexNet } from './alex-net.js';
import type { TorchArchitecture } from './architecture.js';
import { denseNet } from './dense-net.js';
import { efficientNet } from './efficient-net.js';
import { googLeNet, inceptionV3 } from './inception.js';
import { mnasNet } from './mnas-net.js';
import { mobileNetV2 } from './mobile-net-v2.js';
import { mobileNetV3 } from './mobile-net-v3.js';
import { regNet } from './reg-net.js';
import { resNet } from './res-net.js';
import { shuffleNetV2 } from './shuffle-net-v2.js';
import { simpleNet } from './simple-net.js';
import { squeezeNet } from './squeeze-net.js';
import { timmMobileNets } from './timm-mobile-nets.js';
import { vgg } from './vgg.js';
import { wideResNet } from './wide-res-net.js';
import { xception } from './xception.js';

/** Architectures that are known by their tensors' names; the first that recognises them builds the network. */
export const TORCH_ARCHITECTURES: readonly TorchArchitecture[] = [
  resNet,
  wideResNet,
  mobileNetV2,
  mobileNetV3,
  efficientNet,
  denseNet,
  squeezeNet,
  shuffleNetV2,
  mnasNet,
  timmMobileNets,
  googLeNet,
  inceptionV3,
  regNet,
  xception,
  simpleNet,
  alexNet,
  vgg,
];
