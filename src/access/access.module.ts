import { Module } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { SignInThrottle, WrongKeyThrottle } from './key-throttle.js';
import { KeysFile } from './keys-file.js';
import { Sessions } from './sessions.js';

/** Who may do what. */
@Module({
  providers: [ApiKeys, KeysFile, Sessions, SignInThrottle, WrongKeyThrottle],
  exports: [ApiKeys, Sessions, SignInThrottle, WrongKeyThrottle],
})
export class AccessModule {}
