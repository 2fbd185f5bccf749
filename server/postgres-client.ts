import pg from 'pg'

/**
 * A client whose connection may end at any moment. An error of a client to which nobody listens ends the
 * whole process, and the pool begins to listen only some time after the connection has been made.
 */
class SturdyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    // By this mark the pool of Sequelize knows a connection that is not to be handed out any more.
    this.on('error', () => Object.assign(this, {_invalid: true}))
  }
}

/** The driver as Sequelize takes it. */
export const postgresDriver: object = {...pg, Client: SturdyClient}
