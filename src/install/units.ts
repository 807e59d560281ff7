// Units of systemd as text: a service that is the agent, or a timer with a service that is one round; for the machine as a
// user of its own behind walls, or for the user who installs it.
import { type Installation, SYSTEM_RUNTIME, SYSTEM_STATE, SYSTEM_USER } from './installation.ts';
import { withMark } from './mark.ts';
import { execWord, unitText, unitWord } from './quoting.ts';

/** The agent for ever, or a round now and then. */
export type Runs = 'agent' | 'timer';

export const SERVICE = 'spread-cron.service';
export const TIMER = 'spread-cron.timer';

type Lines = readonly string[];

/** Seconds that the agent gets to record what it cancelled, after the tasks had their time to end. */
const TO_RECORD = 30;

/** The service of either kind. */
export function serviceUnit(installation: Installation, runs: Runs): string {
  const { place, url } = installation;
  return unit({
    Unit: [
      `Description=spread-cron: watches ${unitText(url)}`,
      // a user's own manager knows no network
      ...(place === 'system' ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    ],
    Service: [
      ...(runs === 'agent' ? agentLife(installation) : ['Type=oneshot', execStart(installation, 'check')]),
      // first the process that was started, which ends what it started, and records that
      'KillMode=mixed',
      `TimeoutStopSec=${Math.ceil(installation.config.runs.grace / 1000) + TO_RECORD}`,
      ...(place === 'system' ? machineUser(installation) : [`Environment=${unitWord(`PATH=${installation.path}`)}`]),
      ...walls(installation),
    ],
    // a service with a timer is started by that alone
    ...(runs === 'agent'
      ? { Install: [`WantedBy=${place === 'system' ? 'multi-user.target' : 'default.target'}`] }
      : {}),
  });
}

export function timerUnit({ url, config }: Installation): string {
  const seconds = (milliseconds: number) => `${milliseconds / 1000}s`;
  return unit({
    Unit: [`Description=spread-cron: when it looks at ${unitText(url)}`],
    Timer: [
      'OnBootSec=1min',
      `OnUnitActiveSec=${seconds(config.interval)}`,
      `RandomizedDelaySec=${seconds(Math.round(config.interval * config.jitter))}`,
      'AccuracySec=1s',
    ],
    Install: ['WantedBy=timers.target'],
  });
}

/** The user that the service of the machine runs as, for systemd-sysusers(8). */
export function sysusersFile(): string {
  return withMark(`u ${SYSTEM_USER} - "spread-cron" ${SYSTEM_STATE}\n`);
}

function agentLife(installation: Installation): Lines {
  return [
    'Type=exec',
    execStart(installation, 'agent'),
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=10',
    // a wrong configuration does not become right by trying
    'RestartPreventExitStatus=2',
  ];
}

function execStart(installation: Installation, command: 'agent' | 'check'): string {
  return `ExecStart=${installation.words(command).map(execWord).join(' ')}`;
}

/** The service's own user, directories, and copies of the credentials, which need be readable to root alone. */
function machineUser({ config }: Installation): Lines {
  const { password, token } = config.credentials;
  const credential = (name: 'password' | 'token', file: string | null) =>
    file === null
      ? []
      : [
          `LoadCredential=${name}:${unitText(file)}`,
          `Environment=SPREAD_CRON_CREDENTIALS_${name.toUpperCase()}_FILE=%d/${name}`,
        ];
  const copies = [...credential('password', password.file), ...credential('token', token.file)];
  return [
    '',
    `User=${SYSTEM_USER}`,
    'StateDirectory=spread-cron',
    'StateDirectoryMode=0700',
    'RuntimeDirectory=spread-cron',
    'RuntimeDirectoryMode=0700',
    `Environment=HOME=${SYSTEM_STATE} XDG_RUNTIME_DIR=${SYSTEM_RUNTIME}`,
    ...(copies.length === 0
      ? []
      : ['# copies of the credentials, whose files need be readable to root alone', ...copies]),
  ];
}

/**
 * What the service may not do. Extractors are shell lines that read the web; suites may need anything, so that where runs
 * are carried out only those walls stand that a suite never leans on. No wall against writable code: Node compiles.
 */
function walls({ place, config }: Installation): Lines {
  const suites = config.runner !== 'none';
  if (place !== 'system') return suites ? [] : ['NoNewPrivileges=yes'];
  const outside = [
    '',
    '# what it may not do',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectProc=invisible',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'UMask=0077',
  ];
  if (suites) return outside;
  return [
    ...outside,
    'LockPersonality=yes',
    'PrivateDevices=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'RestrictNamespaces=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
  ];
}

function unit(sections: Readonly<Record<string, Lines>>): string {
  const texts = Object.entries(sections).map(([title, lines]) => [`[${title}]`, ...lines, ''].join('\n'));
  return withMark(`\n${texts.join('\n')}`);
}
