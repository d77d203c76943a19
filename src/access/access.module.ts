import { Module } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { KeysFile } from './keys-file.js';

/** Who may do what. */
@Module({ providers: [ApiKeys, KeysFile], exports: [ApiKeys] })
export class AccessModule {}
