"""What well-known programs do, as data: those that only look, and those that act.

A program that stands in no table is not known: a line that runs it executes code. A program here
is the one of that name; a file of the same name in the way of the look-up is not seen.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, frozenset[str]]:
    """Read lines of ``effects: words``; a comma joins the words of one verb."""
    found: dict[str, frozenset[str]] = {}
    for line in text.strip().splitlines():
        effects, _, words = line.partition(":")
        for word in words.split():
            name = word.replace(",", " ")
            found[name] = found.get(name, frozenset()) | _words(effects)
    return found


# They look and print, whatever their options are.
LOOKING = _words("""
    ls dir vdir cat tac head tail wc nl od hexdump strings grep egrep fgrep zgrep zcat cut tr comm
    paste fold fmt rev expand unexpand cmp md5sum sha1sum sha224sum sha256sum sha384sum sha512sum
    cksum sum stat df du free uptime w users id groups whoami cal pwd basename dirname realpath
    readlink echo true false test [ [[ seq sleep expr ps pgrep lsof lsblk lscpu lsmod lspci lsusb ss
    netstat uname arch nproc getconf locale which whereis type tty jq factor numfmt cd pushd popd
    dirs wait read exit return break continue : shift getopts jobs column last lastlog
    vmstat iostat mpstat pstree pmap findmnt help printenv less more man zless zmore egrep
""")

# Programs that only run others; what they run is judged instead.
TRANSPARENT = _words("""
    sudo doas env nice ionice timeout time stdbuf command builtin xargs watch noglob nocorrect eval
""")

# Programs that look unless one of these options stands there (a prefix of the word), or a word
# that is computed, which may be one.
CAREFUL: dict[str, tuple[str, ...]] = {
    "find": ("-exec", "-ok", "-delete", "-fprint", "-fls"),
    "fd": ("-x", "-X", "--exec"),
    "sort": ("-o", "--o", "-T", "--compress", "-S"),
    "tree": ("-o", "-R"),
    "diff": ("--to-file", "-l", "--paginate"),
    "file": ("-C", "--compile"),
    "xxd": ("-r",),
    "date": ("-s", "--set"),
    "dmesg": ("-C", "-c", "--clear", "--read-clear", "-D", "-E", "-n", "--console"),
    "journalctl": ("--vacuum", "--rotate", "--flush", "--sync", "--relinquish", "--update", "--setup"),
    "rg": ("--pre", "--hostname-bin", "-z", "--search-zip"),
    "apt-cache": ("-c", "-o", "--option", "--config"),
    "dpkg": ("-i", "-r", "-P", "--i", "--r", "--p", "--un", "--co", "--a", "--u", "--c", "-A"),
    "getent": (),
    "uniq": (),
    "hostname": (),
    "base64": ("-o", "--output"),
    "base32": ("-o", "--output"),
    "printf": ("-v",),
    "sed": ("-i", "--in", "-f", "--file", "-s", "--separate"),
    "ip": (),
    "top": (),
    "yq": ("-i", "--in", "-s", "--split", "-f", "--from"),
    "lsattr": (),
    "who": (),
    "tput": (),
    "tar": (),
    "unzip": (),
    "git": ("-c", "--exec-path", "--config-env", "--output", "--ext-diff", "--textconv", "-O",
            "--open-files", "--upload-pack", "--receive-pack", "--paginate", "-p=", "--filters"),
}  # fmt: skip

# Verbs that only look: program, then its first words.
LOOKING_VERBS = _table("""
reads: git,status git,log git,diff git,show git,blame git,describe git,rev-parse git,ls-files
reads: git,ls-tree git,shortlog git,grep git,cat-file git,count-objects git,rev-list git,merge-base
reads: git,whatchanged git,version git,help git,cherry git,for-each-ref git,show-ref git,annotate
reads: git,check-ignore git,diff-tree git,name-rev git,show-branch git,stash,list git,reflog,show
reads: git,remote,get-url git,config,get git,worktree,list git,submodule,status
reads: docker,ps docker,images docker,logs docker,inspect docker,version docker,info docker,stats
reads: docker,top docker,port docker,diff docker,history docker,container,ls docker,image,ls
reads: docker,volume,ls docker,network,ls docker,compose,ps docker,compose,logs
reads: kubectl,get kubectl,describe kubectl,logs kubectl,top kubectl,version kubectl,explain
reads: kubectl,api-resources kubectl,cluster-info
reads: systemctl,status systemctl,list-units systemctl,is-active systemctl,is-enabled
reads: systemctl,show systemctl,cat systemctl,list-unit-files systemctl,list-timers
reads: pip,list pip,show pip,freeze pip3,list pip3,show pip3,freeze npm,ls npm,list npm,root
reads: apt,list apt,show apt,search apt-cache,show apt-cache,search apt-cache,policy brew,list
reads: conda,list cargo,tree go,version go,env go,list helm,list helm,status terraform,show
reads_outside: gh,issue,list gh,issue,view gh,pr,list gh,pr,view gh,pr,diff gh,pr,status
reads_outside: gh,pr,checks gh,repo,view gh,repo,list gh,run,list gh,run,view gh,search
reads_outside: glab,issue,list glab,issue,view glab,mr,list glab,mr,view glab,mr,diff
""")

# What programs do, beside running; several lines may speak of one program.
ACTING = _table("""
deletes: rm rmdir unlink shred srm wipe wipefs truncate mkfs mke2fs dropdb deluser userdel delgroup
deletes: groupdel kill pkill killall skill reboot shutdown halt poweroff blkdiscard rename.ul
revokes_access: userdel deluser
writes deletes: dd sgdisk fdisk parted mv
writes: cp mkdir touch ln install tee patch tar unzip zip gzip gunzip bzip2 xz split csplit mkfifo
writes: mknod crontab at batch createdb rsync logger wall ed ex vi vim nano emacs fallocate
opens_url reads_outside: curl wget aria2c http https xh httpie lynx w3m links telnet ftp lftp sftp
opens_url reads_outside: scp rsync ssh nc ncat netcat socat dig nslookup host whois ping traceroute
opens_url reads_outside: openssl mosh rclone youtube-dl yt-dlp gsutil s3cmd
sends_outside: nc ncat netcat socat telnet ftp lftp sftp ssh mosh rclone gsutil s3cmd
sends_outside: mail mailx mutt sendmail msmtp swaks ssmtp exim mpack neomutt
installs_software opens_url: npx uvx bunx pnpx
grants_access: chmod chown chgrp useradd adduser usermod groupadd groupmod addgroup gpasswd visudo
grants_access: setfacl ssh-copy-id setcap
changes_credentials: passwd chpasswd ssh-keygen htpasswd mkpasswd vipw keytool kadmin pass
weakens_security: iptables ip6tables nft ufw firewall-cmd setenforce auditctl aa-disable aa-teardown
weakens_security: aa-complain setsebool apparmor_parser insmod rmmod modprobe sysctl pfctl spctl
weakens_security: csrutil fail2ban-client swapoff
writes: sysctl modprobe insmod rmmod
deletes: tmutil
reads_secrets: printenv
""")

ACTING_VERBS = _table("""
deletes: git,clean git,rm git,reset git,restore git,gc git,prune git,filter-branch git,filter-repo
deletes: git,stash,drop git,stash,clear git,reflog,expire git,reflog,delete git,update-ref
deletes: git,worktree,remove git,remote,remove git,remote,rm git,checkout git,switch
writes: git,add git,commit git,merge git,rebase git,apply git,am git,cherry-pick git,revert git,mv
writes: git,init git,config git,tag git,branch git,stash git,checkout git,switch git,remote git,notes
writes opens_url reads_outside: git,clone git,pull git,fetch git,submodule
opens_url: git,ls-remote git,remote,show git,remote,update
publishes: git,push npm,publish yarn,publish pnpm,publish twine,upload docker,push podman,push
publishes: cargo,publish gem,push poetry,publish uv,publish gh,release gh,gist gh,repo,create
publishes: gh,issue,create gh,issue,comment gh,pr,create gh,pr,comment gh,pr,review glab,mr,create
publishes: vercel,deploy netlify,deploy firebase,deploy helm,push flit,publish hatch,publish
publishes: git,send-email glab,issue,create
writes: gh,pr,merge gh,issue,close gh,pr,close gh,issue,edit gh,pr,edit
sends_outside: git,send-email git,request-pull aws,s3 gcloud,storage az,storage
deletes: docker,rm docker,rmi docker,prune docker,kill docker,stop docker,down docker,system,prune
deletes: docker,volume,rm docker,volume,prune docker,image,rm docker,image,prune docker,compose,down
deletes: docker,container,rm docker,container,prune docker,network,rm docker,builder,prune
deletes: podman,rm podman,rmi kubectl,delete kubectl,drain helm,uninstall helm,delete
deletes: terraform,destroy gh,repo,delete gh,release,delete npm,unpublish aws,s3,rm aws,s3,rb
deletes: pip,uninstall pip3,uninstall npm,uninstall npm,remove apt,remove apt,purge apt,autoremove
deletes: apt-get,remove apt-get,purge apt-get,autoremove yum,remove dnf,remove brew,uninstall
deletes: brew,remove cargo,uninstall gem,uninstall conda,remove pacman,remove apk,del snap,remove
deletes: redis-cli,flushall redis-cli,flushdb redis-cli,del mysqladmin,drop yarn,remove
deletes: systemctl,poweroff systemctl,reboot systemctl,halt systemctl,kill zfs,destroy lvremove
installs_software opens_url: pip,install pip3,install pip,download uv,pip uv,add uv,tool uv,sync
installs_software opens_url: pipx,install pipx,run npm,install npm,i npm,ci npm,exec npm,update
installs_software opens_url: yarn,add yarn,install pnpm,add pnpm,install pnpm,dlx bun,add bun,install
installs_software opens_url: apt,install apt,upgrade apt,update apt-get,install apt-get,upgrade
installs_software opens_url: apt-get,update apt-get,dist-upgrade aptitude,install dpkg,install
installs_software opens_url: yum,install yum,update dnf,install dnf,upgrade zypper,install apk,add
installs_software opens_url: brew,install brew,upgrade brew,tap snap,install flatpak,install
installs_software opens_url: cargo,install cargo,add gem,install bundle,install go,install go,get
installs_software opens_url: conda,install conda,create mamba,install docker,pull docker,run
installs_software opens_url: podman,pull podman,run docker,load helm,install helm,upgrade port,install
installs_software opens_url: composer,install composer,require poetry,add poetry,install kubectl,apply
installs_software opens_url: nix-env,install code,install npm,add gh,extension
grants_access: gh,api gh,secret,set gh,ssh-key,add gh,deploy-key,add kubectl,create,rolebinding
grants_access: kubectl,create,clusterrolebinding kubectl,create,role kubectl,auth aws,iam
grants_access: az,role,assignment gcloud,projects,add-iam-policy-binding gh,repo,edit
grants_access: gh,repo,add glab,api gh,collaborator
changes_credentials: kubectl,create,secret aws,iam,create-access-key gh,secret,set gh,auth,login
changes_credentials: aws,configure gh,auth,refresh docker,login npm,login npm,token
reads_secrets: gh,auth,token kubectl,get,secret kubectl,get,secrets pass,show
reads_secrets: kubectl,describe,secret aws,secretsmanager vault,read vault,kv op,read git,credential
reads_secrets: security,find-generic-password security,find-internet-password docker,inspect
""")

# Options that make an installer of a program that otherwise looks or builds.
OPTIONS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "dpkg": (("-i", _words("installs_software")), ("--install", _words("installs_software")),
             ("-r", _words("deletes")), ("-P", _words("deletes"))),
    "rpm": (("-i", _words("installs_software")), ("-U", _words("installs_software")),
            ("-e", _words("deletes"))),
    "pacman": (("-S", _words("installs_software")), ("-U", _words("installs_software")),
               ("-R", _words("deletes"))),
    "crontab": (("-r", _words("deletes")),),
    "rsync": (("--delete", _words("deletes")), ("--remove", _words("deletes"))),
    "history": (("-c", _words("weakens_security")), ("-d", _words("weakens_security")),
                ("-w", _words("weakens_security"))),
    "journalctl": (("--vacuum", _words("deletes weakens_security")),
                   ("--rotate", _words("weakens_security"))),
    "dmesg": (("-C", _words("weakens_security")), ("-c", _words("weakens_security")),
              ("--clear", _words("weakens_security"))),
    "sed": (("-i", _words("writes")), ("--in-place", _words("writes"))),
    "perl": (("-i", _words("writes")), ("-pi", _words("writes"))),
    "yq": (("-i", _words("writes")),),
    "sort": (("-o", _words("writes")), ("--output", _words("writes"))),
    "find": (("-delete", _words("deletes")), ("-fprint", _words("writes"))),
    "docker": (("--privileged", _words("weakens_security")),),
    "git": (("--no-verify", _words("weakens_security")),),
}  # fmt: skip

# Names of services, processes and files that watch, record or protect.
PROTECTORS = (
    "audit", "syslog", "rsyslog", "journald", "systemd-journald", "fluent", "filebeat", "auditbeat",
    "logstash", "splunk", "falco", "ossec", "wazuh", "fail2ban", "clamav", "clamd", "crowdstrike",
    "falcon", "sentinel", "firewalld", "ufw", "iptables", "apparmor", "selinux", "monitor", "watchdog",
    "gardefou", "guard", "prometheus", "nagios", "zabbix", "datadog", "osquery", "antivirus", "edr",
    "snort", "suricata", "tripwire", "aide", "sysmon", "surveill", "journal", "defender", "/var/log",
)  # fmt: skip
STOPPING = _words("stop disable mask kill terminate remove off delete")
STOPPERS = _words("systemctl service rc-service chkconfig update-rc.d initctl supervisorctl pm2 sc")
ENDING = _words("kill pkill killall skill rm shred truncate unlink mv")
# Programs that only look at the names of things: a secret file stays closed.
NAMES_ONLY = _words("""
    ls dir vdir stat file find fd du test [ [[ echo printf basename dirname realpath readlink which
    type cd rm rmdir touch mkdir tree wc md5sum sha256sum chmod chown df ps export sudo unlink shred
""")
FETCHERS = _words("curl wget aria2c http https xh lynx w3m fetch nc ncat")
SQL_CLIENTS: dict[str, tuple[str, ...]] = {
    "psql": ("-c", "--command"),
    "mysql": ("-e", "--execute"),
    "mariadb": ("-e", "--execute"),
    "sqlite3": (),
    "duckdb": ("-c",),
    "clickhouse-client": ("-q", "--query"),
    "sqlcmd": ("-Q", "-q"),
}
SAFE_VARIABLES = _words("LC_ALL LANG LC_CTYPE TZ COLUMNS LINES TERM NO_COLOR LANGUAGE")
