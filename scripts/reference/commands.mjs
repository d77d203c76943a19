import { Command } from 'commander';
import { COMMANDS } from '../../dist/cli/commands.js';

/** Every command as its --help tells it. */
export function commandsPage() {
  const program = new Command('docstream');
  const parts = COMMANDS.map(({ name, summary, description, define }) => {
    const command = define(program.command(name).summary(summary).description(description));
    command.configureHelp({ helpWidth: 100 });
    return `## ${name}\n\n\`\`\`\n${command.helpInformation().trimEnd()}\n\`\`\`\n`;
  });
  return `# Commands

\`npx docstream COMMAND\`, from a clone; in the container image \`node dist/bundle/cli/main.js COMMAND\`. Each finds the engines in
the settings, or those that the instance on this data folder has started.

${parts.join('\n')}`;
}
