export { startEngines, type EngineHandle, type EngineOptions, type Engines } from './engines.js';
export { EngineError, type EngineErrorCode } from './errors.js';
export { startKafka, type KafkaEngine, type KafkaStart } from './kafka.js';
export { startStore, type StoreEngine, type StoreStart } from './store.js';
