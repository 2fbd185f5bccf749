/** How the worker names itself to agents that ask who speaks. The version is that of what it can do. */
export const CLIENT_INFO = {name: 'multica', title: 'Multica', version: '1.0.0'} as const
