"""Well-known library calls of several languages, as data: name to effects."""

from __future__ import annotations


def _table(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in text.strip().splitlines():
        effects, _, names = line.partition(":")
        for name in names.split():
            found[name] = found.get(name, frozenset()) | frozenset(effects.split())
    return found


# By the last two or three words of the dotted name.
LIBRARY = _table("""
deletes: os.remove os.unlink os.rmdir os.removedirs shutil.rmtree fs.unlink fs.unlinkSync fs.rm fs.rmSync
deletes: fs.rmdir fs.rmdirSync fs.promises.unlink fs.promises.rm File.delete FileUtils.rm FileUtils.rm_rf
deletes: fs.remove_file fs.remove_dir_all Files.delete Files.deleteIfExists os.RemoveAll os.Remove os.truncate
deletes: os.kill os.killpg send2trash.send2trash Dir.rmdir FileUtils.remove_dir shutil.move
writes: shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move os.rename os.replace os.mkdir
writes: os.makedirs os.symlink os.link fs.writeFile fs.writeFileSync fs.appendFile fs.appendFileSync fs.mkdir
writes: fs.mkdirSync fs.promises.writeFile File.write os.WriteFile Files.write json.dump pickle.dump
grants_access: os.chmod os.chown fs.chmod fs.chmodSync fs.chown File.chmod shutil.chown os.setuid
opens_url reads_outside: requests.get httpx.get requests.head urllib.request.urlopen request.urlopen
opens_url reads_outside: request.urlretrieve axios.get urllib3.request session.get aiohttp.request
opens_url reads_outside: requests.request httpx.request requests.Session httpx.Client http.get https.get Net.HTTP
opens_url reads_outside: aiohttp.ClientSession http.client.HTTPSConnection http.client.HTTPConnection http.Get
opens_url sends_outside: requests.post requests.put requests.patch requests.delete httpx.post httpx.put
opens_url sends_outside: httpx.patch httpx.delete axios.post axios.put axios.patch axios.delete session.post
opens_url sends_outside: client.post http.Post socket.create_connection socket.socket navigator.sendBeacon
opens_url sends_outside: ftplib.FTP ftplib.FTP_TLS paramiko.SSHClient telnetlib.Telnet websocket.create_connection
opens_url sends_outside: websockets.connect net.connect net.createConnection s3.upload_file s3.put_object
sends_outside: smtplib.SMTP smtplib.SMTP_SSL nodemailer.createTransport
installs_software opens_url: pip.main pip._internal.main ensurepip.bootstrap micropip.install
weakens_security: logging.disable ssl._create_unverified_context sys.settrace sys.addaudithook
executes_code: os.system os.popen subprocess.run subprocess.call subprocess.Popen subprocess.check_output
executes_code: subprocess.check_call subprocess.getoutput child_process.exec child_process.execSync os.execv
executes_code: child_process.spawn pty.spawn os.execvp os.spawnl Runtime.exec exec.Command Process.Start
changes_credentials: crypt.crypt keyring.set_password
reads_secrets: keyring.get_password getpass.getpass os.environ.items os.environ.copy os.environ.values
""")

# By the last word of a dotted name, whatever stands before it.
LAST = _table("""
deletes: rmtree unlink unlinkSync rmSync rmdirSync rmdir rm_rf deleteFile delete_object delete_bucket drop_table drop_database dropDatabase
deletes: deleteMany delete_many drop_collection removedirs
writes: write_text write_bytes writeFile writeFileSync to_csv to_excel to_json to_parquet to_sql savefig
writes: file_put_contents
grants_access: chmod chown put_bucket_policy put_bucket_acl add_collaborator attach_role_policy add_to_collaborators
sends_outside: sendmail send_message sendMail send_email sendBeacon upload_file put_object upload_blob
opens_url reads_outside: urlopen urlretrieve fetch
changes_credentials: set_password setPassword create_access_key
""")
