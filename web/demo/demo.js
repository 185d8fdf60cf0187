/**
 * The demo page: `/?room=R&name=N` joins at once; without both, a form asks.
 * A thin layer over the library: it shows what the room tells.
 */
import { enter } from './call.js';
import { listenForHelp } from './dialogs.js';
import { showLanding } from './landing.js';

const query = new URLSearchParams(location.search);
const roomId = query.get('room')?.trim() ?? '';
const name = query.get('name')?.trim() ?? '';

listenForHelp();
// Back and forth between the form and the room are new beginnings.
addEventListener('popstate', () => location.reload());

if (roomId && name) enter(roomId, name);
else showLanding({ roomId, name }, enter);
