import {randomUUID} from 'node:crypto'
import {rm} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {type Channel, createChannel, createSession} from 'better-sse'
import express from 'express'
import {DataTypes, Sequelize} from 'sequelize'
import {tempFolder} from '../../test/support/temp-folder.js'
import type {Reference} from './reference.js'

interface Body {
  messages: {seq: number; type: string}[]
}

/** What one writes first with the same parts: Express, `bulkCreate`, and a broadcast of every message. */
export async function startNaiveServer(): Promise<Reference> {
  const folder = await tempFolder()
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    storage: join(folder, 'naive.sqlite'),
    logging: false,
  })
  await sequelize.query('PRAGMA journal_mode = WAL')
  await sequelize.query('PRAGMA synchronous = FULL')
  const Message = defineMessage(sequelize)
  await sequelize.sync()
  const tasks = new Map<string, {id: string; channel: Channel}>()
  const taskOf = (name: string) => {
    const task = tasks.get(name) ?? {id: randomUUID(), channel: createChannel()}
    tasks.set(name, task)
    return task
  }
  const app = express()
  app.use(express.json({limit: '8mb'}))
  app.get('/:task', async (req, res) => {
    taskOf(req.params.task).channel.register(await createSession(req, res))
  })
  app.post('/:task', async (req, res) => {
    const {id, channel} = taskOf(req.params.task)
    const {messages} = req.body as Body
    await Message.bulkCreate(
      messages.map((message) => ({
        task_id: id,
        seq: message.seq,
        type: message.type,
        payload: message,
      })),
    )
    for (const message of messages) {
      channel.broadcast(message, 'task:message', {eventId: String(message.seq)})
    }
    res.json({status: 'ok'})
  })
  const http = createServer(app)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      await new Promise<void>((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      })
      await sequelize.close()
      await rm(folder, {recursive: true, force: true})
    },
  }
}

const defineMessage = (sequelize: Sequelize) =>
  sequelize.define(
    'task_message',
    {
      task_id: {type: DataTypes.UUID, primaryKey: true},
      seq: {type: DataTypes.INTEGER, primaryKey: true},
      type: {type: DataTypes.TEXT, allowNull: false},
      payload: {type: DataTypes.JSON, allowNull: false},
    },
    {freezeTableName: true, updatedAt: false},
  )
