import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { SETTINGS, type Settings } from './config.js';

/** An application of some modules alone, with the settings that they need. */
@Module({})
export class PartModule {
  static of(settings: Settings, ...modules: Type[]): DynamicModule {
    return {
      module: PartModule,
      global: true,
      imports: modules,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
