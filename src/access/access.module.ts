import { Module } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { KeysFile } from './keys-file.js';
import { Sessions } from './sessions.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Who may do what. */
@Module({ providers: [ApiKeys, KeysFile, Sessions, SignInThrottle], exports: [ApiKeys, Sessions, SignInThrottle] })
export class AccessModule {}
