export { startEngines, type EngineHandle, type EngineOptions, type Engines } from './engines.js';
export { EngineError, type EngineErrorCode } from './errors.js';
export { installOnce } from './install.js';
export { fetchJars, type Jars } from './jars.js';
export { KAFKA_VERSION } from './kafka-install.js';
export { startKafka, type KafkaEngine, type KafkaStart } from './kafka.js';
export { createEnvironment, type PythonPackage } from './python-environment.js';
export { startStore, type StoreEngine, type StoreStart } from './store.js';
