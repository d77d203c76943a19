import { type DynamicModule, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../config.js';
import { ProcessingModule } from '../processing.module.js';

/** The application of the thread that processes. */
@Module({})
export class ThreadModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: ThreadModule,
      global: true,
      imports: [ProcessingModule],
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
